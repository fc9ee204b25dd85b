"""Validates changes of the application's own profile ("Edit Current Application"). PURE."""

from grokbot.sandbox.discord_server.rules.errors import FormErrors
from grokbot.sandbox.discord_server.rules.protocol import Json

DESCRIPTION_MAX = 400
TAGS_MAX, TAG_MAX = 5, 20
SCOPES = {"0": {"bot", "applications.commands"}, "1": {"applications.commands"}}
"""What each kind of installation may ask for: to a server, and by a person."""


def checked_profile(body: Json, *, public: bool = True) -> Json:
    """The fields that are taken; unknown ones are ignored, as by Discord.

    Args:
        body: The request.
        public: Whether anybody may add the app; one that only its owner may add has no install link.

    Raises:
        RefusedError: 50035 with all field errors.
    """
    errors = FormErrors()
    taken: Json = {}
    if "description" in body:
        errors.length("description", body["description"], 0, DESCRIPTION_MAX)
        taken["description"] = body["description"]
    if "tags" in body:
        _check_tags(errors, body["tags"])
        taken["tags"] = body["tags"]
    if "install_params" in body:
        _check_parameters(errors, "install_params", "0", body["install_params"])
        taken["install_params"] = body["install_params"]
    if "integration_types_config" in body:
        for kind, given in body["integration_types_config"].items():
            path = f"integration_types_config.{kind}"
            if kind not in SCOPES:
                errors.choice(path, ", ".join(SCOPES))
            elif given and given.get("oauth2_install_params"):
                _check_parameters(errors, f"{path}.oauth2_install_params", kind, given["oauth2_install_params"])
        taken["integration_types_config"] = body["integration_types_config"]
    if not public and _has_link(taken):
        text = "Private application cannot have a default authorization link"
        errors.add("install_params", "APPLICATION_PRIVATE_CANNOT_HAVE_LINK", text)
    errors.check()
    return taken


def _has_link(taken: Json) -> bool:
    kinds = (taken.get("integration_types_config") or {}).values()
    return bool(taken.get("install_params") or any((given or {}).get("oauth2_install_params") for given in kinds))


def _check_tags(errors: FormErrors, tags: list[str]) -> None:
    if len(tags) > TAGS_MAX:
        errors.add("tags", "BASE_TYPE_MAX_LENGTH", f"Must be {TAGS_MAX} or fewer in length.")
    if len(set(tags)) < len(tags):
        errors.add("tags", "SET_TYPE_ALREADY_CONTAINS_VALUE", "The set already contains this value")
    for index, tag in enumerate(tags):
        errors.length(f"tags.{index}", tag, 1, TAG_MAX)


def _check_parameters(errors: FormErrors, path: str, kind: str, given: Json) -> None:
    scopes = given.get("scopes") or []
    if not scopes:
        errors.required(f"{path}.scopes")
    for index, scope in enumerate(scopes):
        if scope not in SCOPES[kind]:
            errors.choice(f"{path}.scopes.{index}", ", ".join(sorted(SCOPES[kind])))
    permissions = str(given.get("permissions", ""))
    if not (permissions.isascii() and permissions.isdigit()):
        errors.add(f"{path}.permissions", "NUMBER_TYPE_COERCE", f'Value "{permissions}" is not int.')
