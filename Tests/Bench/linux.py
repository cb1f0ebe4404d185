"""The peer of our guests: Debian's cloud kernel with one program, its only process, in an initramfs."""
import glob
import os
import subprocess

import guests

# Kept between runs; `make clean` takes them away.
FOLDER = ".build/peers"


def kernel():
    """The path of Debian's cloud kernel, out of the package that the metapackage names today."""
    found = glob.glob(f"{FOLDER}/boot/vmlinuz-*")
    if not found:
        os.makedirs(FOLDER, exist_ok=True)
        text = subprocess.run(["apt-cache", "depends", "linux-image-cloud-amd64"], check=True,
                              capture_output=True, text=True).stdout
        name = next(line.split()[1] for line in text.splitlines() if "Depends:" in line)
        subprocess.run(["apt-get", "download", "-qq", name], check=True, cwd=FOLDER,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        package, = glob.glob(f"{FOLDER}/{name}_*.deb")
        subprocess.run(["dpkg-deb", "-x", package, FOLDER], check=True)
        found = glob.glob(f"{FOLDER}/boot/vmlinuz-*")
    return found[0]


def member(path, mode, content, links=1, device=0):
    """One entry of a cpio archive, format newc, as the kernel's documentation on initramfs has it."""
    name = path.encode() + b"\0"
    fields = [0, mode, 0, 0, links, 0, len(content), 0, 0, device >> 8, device & 255, len(name), 0]
    head = b"070701" + b"".join(b"%08x" % field for field in fields) + name
    return head + b"\0" * (-len(head) % 4) + content + b"\0" * (-len(content) % 4)


def initramfs(source, folder, modules=()):
    """An initramfs whose /init is the C program `source`, linked statically, with modules of the kernel
    as /modules/0.ko and on."""
    program = os.path.join(folder, os.path.basename(source) + ".init")
    subprocess.run(["cc", "-O2", "-static", "-o", program, source], check=True)
    with open(program, "rb") as file:
        content = file.read()
    path = program + ".cpio"
    with open(path, "wb") as file:
        file.write(member("dev", 0o040755, b"", links=2))
        file.write(member("dev/console", 0o020600, b"", device=5 << 8 | 1))
        file.write(member("init", 0o100755, content))
        file.write(member("modules", 0o040755, b"", links=2))
        for index, module in enumerate(modules):
            found, = glob.glob(f"{FOLDER}/lib/modules/*/kernel/{module}.ko")
            with open(found, "rb") as module_file:
                file.write(member(f"modules/{index}.ko", 0o100644, module_file.read()))
        file.write(member("TRAILER!!!", 0, b""))
    return path


def command(machine, source, folder, extra=(), words=(), modules=()):
    """QEMU's command line for a Linux guest that runs `source` with `words` as arguments, its console on
    standard output."""
    text = " ".join(["console=ttyS0 quiet panic=-1", *(["--", *words] if words else [])])
    image = kernel()
    return guests.command(machine, image, memory=256, extra=[
        "-initrd", initramfs(source, folder, modules), "-append", text, *extra])
