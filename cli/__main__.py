"""`python -m cli`: how `casework up` starts its children, whatever is on the PATH."""

from cli.main import main

if __name__ == "__main__":
    main()
