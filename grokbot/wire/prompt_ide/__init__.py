"""Generated from protos/prompt_ide by protos/regenerate.py; do not edit."""
