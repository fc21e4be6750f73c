"""Where people look things up: links into the console, the runbook and the Temporal UI."""

from urllib.parse import quote

from casework.base import Model


class Places(Model):
    """Base addresses, without a slash at the end."""

    public_url: str
    ui_url: str
    namespace: str = "default"

    def case(self, case_id: str) -> str:
        return f"{self.public_url}/console/cases/{case_id}"

    def recall(self, recall_id: str) -> str:
        return f"{self.public_url}/console/recalls/{recall_id}"

    def runbook(self, topic: str) -> str:
        return f"{self.public_url}/console/runbook#{topic}"

    def workflow(self, workflow_id: str) -> str:
        return f"{self.ui_url}/namespaces/{self.namespace}/workflows/{quote(workflow_id, safe='')}"
