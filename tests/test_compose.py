"""What can be known of the deployment without a container engine: that its parts fit together."""

import itertools
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import typer
from ruamel.yaml import YAML

from cli.main import app
from gateway.metrics import Metrics
from gateway.routes import codec, machines
from integrations.discord.settings import DiscordSettings
from integrations.ozone.settings import OzoneSettings
from workers.roles import Role
from workers.secret_files import PREFIX, SECRETS
from workers.settings import Settings
from workflows import search

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
INTERPOLATED = re.compile(r"\$\{(?P<name>[A-Z_]+)(?P<rule>:[?-][^}]*)?\}")
SECRET_NAME = re.compile(r"PASSWORD|PWD|TOKEN|_KEY$|SECRET")

Service = dict[str, Any]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return _yaml(ROOT / "docker-compose.yml")


@pytest.fixture(scope="module")
def services(compose: dict[str, Any]) -> dict[str, Service]:
    return dict(compose["services"])


@pytest.fixture(scope="module")
def long_running(services: dict[str, Service]) -> dict[str, Service]:
    return {name: each for name, each in services.items() if each["restart"] == "unless-stopped"}


@pytest.fixture(scope="module")
def ours(services: dict[str, Service]) -> dict[str, Service]:
    return {name: each for name, each in services.items() if each["image"].startswith("casework:")}


# -- cross-references ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["networks", "secrets"])
def test_every_network_and_secret_is_declared_and_every_declared_one_is_used(
    compose: dict[str, Any], services: dict[str, Service], kind: str
) -> None:
    used = {name for each in services.values() for name in each.get(kind, [])}

    assert used == set(compose[kind])


def test_every_volume_is_declared_and_every_declared_one_is_used(
    compose: dict[str, Any], services: dict[str, Service]
) -> None:
    used = {source for source in _mounts(services) if not source.startswith(".")}

    assert used == set(compose["volumes"])


def test_every_mounted_file_and_every_build_context_exists(services: dict[str, Service]) -> None:
    mounted = [source for source in _mounts(services) if source.startswith(".")]
    contexts = [f"{each['build']}/Dockerfile" for each in services.values() if "build" in each]

    missing = [path for path in mounted + contexts if not (ROOT / path).exists()]

    assert mounted
    assert missing == []


def test_secrets_come_from_files_that_are_not_in_the_repository(compose: dict[str, Any]) -> None:
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()

    files = [secret["file"] for secret in compose["secrets"].values()]

    assert all(file.startswith("./deploy/secrets/") for file in files)
    assert "/deploy/secrets/" in ignored
    assert ".env" in ignored


def test_what_a_service_reads_from_a_secret_file_is_given_to_it(
    services: dict[str, Service],
) -> None:
    read = {
        (name, Path(value).name)
        for name, each in services.items()
        for value in each.get("environment", {}).values()
        if str(value).startswith("/run/secrets/")
    }

    missing = [(name, secret) for name, secret in read if secret not in services[name]["secrets"]]

    assert read
    assert missing == []


def test_every_dependency_is_a_service_and_its_condition_can_be_met(
    services: dict[str, Service], long_running: dict[str, Service]
) -> None:
    wanted = [
        (name, other, rule["condition"])
        for name, each in services.items()
        for other, rule in each.get("depends_on", {}).items()
    ]

    impossible = [
        (name, other, condition)
        for name, other, condition in wanted
        if other not in services
        or (condition == "service_healthy") is not (other in long_running)
        or condition not in {"service_healthy", "service_completed_successfully"}
    ]

    assert impossible == []


@pytest.mark.parametrize(
    "chain",
    [
        ["postgres", "temporal-schema", "temporal", "temporal-namespace", "temporal-ui"],
        ["temporal-namespace", "prepare", "worker-cases"],
        ["temporal-namespace", "prepare", "gateway"],
        ["postgres", "migrate", "worker-cases"],
        ["postgres", "migrate", "gateway"],
    ],
)
def test_everything_is_brought_up_in_order(services: dict[str, Service], chain: list[str]) -> None:
    for earlier, later in itertools.pairwise(chain):
        assert earlier in services[later]["depends_on"]


# -- each service ----------------------------------------------------------------------------------


def test_every_image_is_pinned_to_a_version(services: dict[str, Service]) -> None:
    images = {name: INTERPOLATED.sub("0.1.0", each["image"]) for name, each in services.items()}

    unpinned = {
        name: image for name, image in images.items() if not re.search(r":v?\d+\.\d[\w.-]*$", image)
    }

    assert unpinned == {}


def test_every_base_image_is_pinned_to_a_version() -> None:
    files = [ROOT / "Dockerfile", DEPLOY / "otel" / "Dockerfile"]
    bases = [
        line.split()[1]
        for file in files
        for line in file.read_text(encoding="utf-8").splitlines()
        if line.startswith("FROM ")
    ]

    assert [base for base in bases if not re.search(r":v?\d+\.\d+[\w.-]*$", base)] == []


def test_every_service_that_stays_says_whether_it_is_well(
    long_running: dict[str, Service],
) -> None:
    silent = [name for name, each in long_running.items() if "healthcheck" not in each]

    assert len(long_running) > 10
    assert silent == []


def test_every_service_that_stays_has_limits(long_running: dict[str, Service]) -> None:
    limited = {name: each["deploy"]["resources"]["limits"] for name, each in long_running.items()}

    assert all({"cpus", "memory"} <= set(limits) for limits in limited.values())


def test_every_service_writes_bounded_logs_and_gains_no_privileges(
    services: dict[str, Service],
) -> None:
    for each in services.values():
        assert each["logging"]["options"]["max-size"]
        assert each["security_opt"] == ["no-new-privileges:true"]
        assert each["cap_drop"] == ["ALL"]


def test_ports_are_published_on_this_machine_alone(services: dict[str, Service]) -> None:
    ports = [port for each in services.values() for port in each.get("ports", [])]

    assert ports
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_the_databases_network_has_no_way_out_and_only_callers_have_one(
    compose: dict[str, Any], services: dict[str, Service]
) -> None:
    callers = {name for name, each in services.items() if "out" in each["networks"]}

    assert compose["networks"]["back"]["internal"] is True
    assert services["postgres"]["networks"] == ["back"]
    assert callers == {
        "alertmanager",
        "worker-actions",
        "worker-cases",
        "worker-checks",
        "worker-media",
        "worker-notices",
    }


# -- settings --------------------------------------------------------------------------------------


def test_no_secret_is_written_down(services: dict[str, Service]) -> None:
    written = [
        (name, variable)
        for name, each in services.items()
        for variable, value in each.get("environment", {}).items()
        if SECRET_NAME.search(variable)
        and not variable.endswith("_FILE")
        and not INTERPOLATED.fullmatch(str(value))
    ]

    assert written == []


def test_every_variable_of_the_compose_file_is_in_the_example_and_the_example_is_empty() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    asked = {found["name"]: found["rule"] or "" for found in INTERPOLATED.finditer(text)}
    example = dict(
        line.lstrip("#").split("=", 1)
        for line in (DEPLOY / ".env.example").read_text(encoding="utf-8").splitlines()
        if re.match(r"#?[A-Z_]+=", line)
    )

    required = {name for name, rule in asked.items() if rule.startswith(":?")}

    assert set(asked) == set(example)
    assert {name for name in required if example[name]} == set()


def test_every_setting_of_ours_exists(ours: dict[str, Service]) -> None:
    known = {f"{PREFIX}{field.upper()}" for field in Settings.model_fields}
    known |= {f"{PREFIX}{field.upper()}_FILE" for field in SECRETS}
    for adapter in (DiscordSettings, OzoneSettings):
        prefix = adapter.model_config.get("env_prefix", "")
        known |= {f"{prefix}{field.upper()}" for field in adapter.model_fields}

    given = {variable for each in ours.values() for variable in each["environment"]}

    assert given <= known


def test_every_process_of_ours_would_start_on_its_settings(
    ours: dict[str, Service], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, each in ours.items():
        for variable, value in _environment_as_deployed(each, secrets=tmp_path).items():
            monkeypatch.setenv(variable, value)

        settings = Settings.from_environment()

        assert settings.production, name
        assert settings.temporal_address == "temporal:7233"


def test_every_command_of_ours_exists(ours: dict[str, Service]) -> None:
    for each in ours.values():
        words = [word for word in each["command"] if not word.startswith("-")]
        command: Any = typer.main.get_command(app)
        while words and hasattr(command, "commands"):
            command = command.commands[words.pop(0)]
        options = {name for option in command.params for name in option.opts}

        assert {word for word in each["command"] if word.startswith("-")} <= options


def test_every_role_has_a_worker(services: dict[str, Service]) -> None:
    served = {
        each["command"][each["command"].index("--role") + 1]
        for name, each in services.items()
        if name.startswith("worker-")
    }

    assert served == {role.value for role in Role}


def test_the_temporal_ui_is_for_looking_only(services: dict[str, Service]) -> None:
    environment = services["temporal-ui"]["environment"]

    switches = {name: value for name, value in environment.items() if name.endswith("_DISABLED")}

    assert environment["TEMPORAL_DISABLE_WRITE_ACTIONS"] == "true"
    assert {"TEMPORAL_WORKFLOW_TERMINATE_DISABLED", "TEMPORAL_BATCH_ACTIONS_DISABLED"} <= set(
        switches
    )
    assert set(switches.values()) == {"true"}


def test_fairness_is_switched_on(services: dict[str, Service]) -> None:
    temporal = services["temporal"]
    mounted = temporal["environment"]["DYNAMIC_CONFIG_FILE_PATH"]

    config = _yaml(DEPLOY / "temporal" / "dynamicconfig.yaml")

    assert any(f":{mounted}:" in volume for volume in temporal["volumes"])
    assert config["matching.autoEnableV2"] == [{"value": True}]
    assert config["matching.enableFairness"] == [{"value": True}]


def test_the_namespace_job_registers_the_search_attributes_the_stories_use() -> None:
    script = (DEPLOY / "temporal" / "namespace.sh").read_text(encoding="utf-8")
    lists = dict(re.findall(r'^([A-Z]+)="([A-Za-z ]+)"$', script, flags=re.MULTILINE))

    registered = {
        (name, kind)
        for variable, kind in [
            ("KEYWORDS", "KEYWORD"),
            ("INTEGERS", "INT"),
            ("MOMENTS", "DATETIME"),
        ]
        for name in lists[variable].split()
    }

    assert registered == {(key.name, key.indexed_value_type.name) for key in search.ALL}


# -- watching --------------------------------------------------------------------------------------


def test_prometheus_watches_services_that_exist(services: dict[str, Service]) -> None:
    config = _yaml(DEPLOY / "prometheus" / "prometheus.yml")
    jobs = [*config["scrape_configs"], *config["alerting"]["alertmanagers"]]

    fixed = {
        target.split(":")[0]
        for job in jobs
        for static in job.get("static_configs", [])
        for target in static["targets"]
    }
    found = {
        name for job in jobs for each in job.get("dns_sd_configs", []) for name in each["names"]
    }

    assert fixed | found <= set(services)
    assert found == {name for name in services if name.startswith("worker-")}


def test_what_is_asked_of_the_gateway_is_answered_there(services: dict[str, Service]) -> None:
    answered = {
        path
        for router in (machines.router, codec.router)
        for path in (getattr(route, "path", "") for route in router.routes)
    }

    asked = urlsplit(services["gateway"]["healthcheck"]["test"][-1]).path
    codec_root = services["temporal-ui"]["environment"]["TEMPORAL_CODEC_ENDPOINT"].rsplit("/", 1)[1]

    assert {asked, "/metrics", f"/{codec_root}/decode"} <= answered


def test_every_measure_of_ours_that_is_asked_for_is_shown() -> None:
    files = [DEPLOY / "prometheus" / "alerts.yml", *(DEPLOY / "grafana" / "dashboards").glob("*")]
    asked = {
        name.removesuffix("_bucket")
        for file in files
        for name in re.findall(r"\bcasework_[a-z_]+", file.read_text(encoding="utf-8"))
    }

    page = Metrics().page([], datetime.now(UTC)).decode()

    assert asked
    assert asked <= set(re.findall(r"^# TYPE (\w+) ", page, flags=re.MULTILINE))


def test_every_alert_says_how_grave_it_is_and_what_to_read() -> None:
    groups = _yaml(DEPLOY / "prometheus" / "alerts.yml")["groups"]

    rules = [rule for group in groups for rule in group["rules"]]

    assert len(rules) >= 8
    for rule in rules:
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert {"summary", "runbook"} <= set(rule["annotations"])


def test_the_dashboard_asks_only_sources_that_are_provisioned() -> None:
    sources = _yaml(DEPLOY / "grafana" / "provisioning" / "datasources" / "all.yml")
    known = {source["uid"] for source in sources["datasources"]}

    for file in sorted((DEPLOY / "grafana" / "dashboards").glob("*.json")):
        dashboard = json.loads(file.read_text(encoding="utf-8"))
        asked = {panel["datasource"]["uid"] for panel in dashboard["panels"]}

        assert asked
        assert asked <= known


def test_every_script_is_executable_and_stops_at_the_first_failure() -> None:
    scripts = sorted(DEPLOY.rglob("*.sh"))

    assert scripts
    for script in scripts:
        assert script.stat().st_mode & 0o111
        assert "\nset -eu\n" in script.read_text(encoding="utf-8")


def _yaml(path: Path) -> dict[str, Any]:
    loaded = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def _mounts(services: dict[str, Service]) -> list[str]:
    return [
        volume.split(":")[0] for each in services.values() for volume in each.get("volumes", [])
    ]


def _environment_as_deployed(service: Service, secrets: Path) -> dict[str, str]:
    """With every asked value answered and every secret file present, in `secrets`."""
    environment = {}
    for variable, value in service["environment"].items():
        text = INTERPOLATED.sub(_plausible, str(value))
        if text.startswith("/run/secrets/"):
            text = str(secrets / Path(text).name)
            Path(text).write_text("smtps://mail.example:465\n", encoding="utf-8")
        environment[variable] = text
    return environment


def _plausible(asked: re.Match[str]) -> str:
    rule = asked["rule"] or ""
    if rule.startswith(":-"):
        return rule.removeprefix(":-")
    return "https://there.example" if asked["name"].endswith("_URL") else "something"
