#!/bin/sh
# An installer for tests, where the environment is not what they are about: folders with a command and a man page.
for last; do :; done
case $1 in
venv) mkdir -p "$last/bin" "$last/lib/python3" && ln -sf /usr/bin/python3 "$last/bin/python" ;;
pip)
    into=${4%/bin/python}
    mkdir -p "$into/share/man/man1"
    echo ".TH GROKBOT 1" >"$into/share/man/man1/grokbot.1"
    echo "#!/bin/sh" >"$into/bin/grokbot" && chmod 755 "$into/bin/grokbot"
    ;;
esac
