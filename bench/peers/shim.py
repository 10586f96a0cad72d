# What a Python entry point is that runs another program: it stays between.
import subprocess
import sys

sys.exit(subprocess.run(sys.argv[1:]).returncode)
