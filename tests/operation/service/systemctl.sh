#!/bin/sh
# A systemd for tests. A unit's state is a file in $STANDIN. A bot that is started becomes ready, unless the folder of its
# version is named in $STANDIN/never: then it is as $STANDIN/how says, or failed; $STANDIN/migrates names versions that change the database first.
echo "$*" >>"$STANDIN/calls"
command=$1
shift
root=$STANDIN/root
units() { cat "$root"/etc/systemd/system/*.service "$root"/etc/systemd/system/*.d/* 2>/dev/null; }
while [ "${1#-}" != "$1" ]; do
    [ "$1" != --now ] || rm -f "$STANDIN/${2:-none}"
    shift
done
case $command in
--version) echo "systemd $(cat "$STANDIN/version" 2>/dev/null || echo 252) (stand-in)" ;;
daemon-reload) units >"$STANDIN/loaded" ;;
esac
for unit in "$@"; do
    case $command in
    enable)
        mkdir -p "$root/etc/systemd/system/multi-user.target.wants"
        ln -sf "../$unit" "$root/etc/systemd/system/multi-user.target.wants/$unit"
        ;;
    disable) rm -f "$root/etc/systemd/system/multi-user.target.wants/$unit" ;;
    start | restart)
        current=$(readlink "$root/opt/grokbot/current")
        if grep -qsx "${current##*/}" "$STANDIN/migrates"; then cp "$STANDIN/newer.sqlite3" "$root/var/lib/grokbot/grokbot.sqlite3"; fi
        if grep -qsx "${current##*/}" "$STANDIN/never"; then cat "$STANDIN/how" 2>/dev/null || echo failed; else echo active; fi >"$STANDIN/$unit"
        ;;
    stop | reset-failed) rm -f "$STANDIN/$unit" ;;
    show)
        if units | cmp -s - "$STANDIN/loaded"; then stale=no; else stale=yes; fi
        printf 'LoadState=loaded\nResult=exit-code\nNRestarts=0\nExecMainStatus=1\nStatusText=Ready: 2 servers\nNeedDaemonReload=%s\nActiveState=%s\n' \
            "$stale" "$(cat "$STANDIN/$unit" 2>/dev/null || echo inactive)"
        ;;
    esac
done
