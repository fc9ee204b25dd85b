"""The commands on a person's own conversations: their list, files of them, deleting one."""
