# Run by own_engine.py in new mount, pid and network namespaces: inside.sh WORK CGROUP
# The Debian root becomes the whole file system, and dockerd process 1. WORK is seen there as /work.
set -e
work=$1 cgroup=$2
mount --make-rprivate /
mount --bind "$work/engine" "$work/engine"
cd "$work/engine"
mount -t proc proc proc
mount --rbind /sys sys
mount --rbind /dev dev
mount -t tmpfs tmpfs run
mount --bind "$work" work
mount --bind "$work/data" data
ip link set lo up
until ip link show tap0 >/dev/null 2>&1; do sleep 0.1; done
pivot_root . old
exec chroot . sh -c "umount -l /old; exec dockerd --data-root /data --storage-driver overlay2 \
    --cgroup-parent '$cgroup' --host unix:///run/docker.sock --host unix:///work/docker.sock"
