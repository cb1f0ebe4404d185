// QEMU's command line, made from a configuration by a pure function. What each device is for:
//
//   isa-serial 0   console (COM1), on a unix socket and always written to a log file
//   isa-serial 1   agent (COM2), on a unix socket
//   pvpanic        a port to which the panic report's end is written; `-action panic=` follows
//   isa-debug-exit a port that ends QEMU with ((value << 1) | 1): how a guest powers off
//   memory-backend the guest's RAM as a file that others can map
//
// There are two QMP sockets because a QMP socket serves one client: `qmp` is for commands that
// come and go (`ps`, `stop`), `events` for the `run` that waits for the guest's end.

/// QEMU's command line.
public enum QEMU {
  /// The executable that emulates x86-64.
  public static let executable = "qemu-system-x86_64"

  /// The port at which isa-debug-exit listens.
  public static let exitPort = 0xf4

  /// The arguments (without the executable) for a guest whose sockets and files are in `directory`.
  public static func arguments(_ guest: GuestConfiguration, in directory: String) -> [String] {
    var arguments = ["-machine", machine(guest.machine)]
    arguments += ["-accel", guest.accelerator.rawValue]
    arguments += ["-m", "\(guest.memory)M"]
    arguments += [
      "-object",
      "memory-backend-file,id=ram,size=\(guest.memory)M,share=on,mem-path="
        + quoted(directory + "/ram"),
    ]
    if guest.isCountingInstructions { arguments += ["-icount", "shift=0"] }
    arguments += ["-nodefaults", "-no-user-config", "-display", "none"]
    // Stopped until the events' reader is there: a guest that ends at once must not end unseen.
    arguments += ["-S", "-action", action(guest.onPanic)]
    arguments += ["-device", "pvpanic"]
    arguments += ["-device", "isa-debug-exit,iobase=0xf4,iosize=0x04"]
    arguments += socket("console", in: directory, logged: true) + ["-serial", "chardev:console"]
    arguments += socket("agent", in: directory)
    arguments += ["-device", "isa-serial,chardev=agent,index=1"]
    arguments += socket("gdb", in: directory) + ["-gdb", "chardev:gdb"]
    arguments += socket("qmp", in: directory) + ["-mon", "chardev=qmp,mode=control"]
    arguments += socket("events", in: directory) + ["-mon", "chardev=events,mode=control"]
    arguments += network(guest, in: directory) + disk(guest)
    return arguments + boot(guest)
  }

  /// What is booted. A disk is never written to: another instance may boot from it. It is an IDE
  /// disk, which the kernel does not see: what the application sees is `guest.disk` alone.
  private static func boot(_ guest: GuestConfiguration) -> [String] {
    if guest.isDiskImage {
      return [
        "-drive", "if=none,id=boot,format=raw,snapshot=on,file=" + quoted(guest.image),
        "-device", "ide-hd,drive=boot,bootindex=0",
      ]
    }
    guard !guest.arguments.isEmpty else { return ["-kernel", guest.image] }
    return ["-kernel", guest.image, "-append", guest.arguments.map(word).joined(separator: " ")]
  }

  private static func machine(_ type: MachineType) -> String {
    switch type {
    case .microvm:
      "microvm,x-option-roms=off,rtc=on,acpi=off,pic=off,pit=off,isa-serial=on,memory-backend=ram"
    case .q35, .pc: "\(type.rawValue),memory-backend=ram"
    }
  }

  private static func action(_ action: PanicAction) -> String {
    switch action {
    case .halt: "panic=pause,reboot=shutdown"
    case .exit: "panic=exit-failure,reboot=shutdown"
    case .reboot: "panic=none,reboot=reset"
    }
  }

  private static func socket(
    _ name: String, in directory: String, logged: Bool = false
  ) -> [String] {
    var chardev = "socket,id=\(name),server=on,wait=off,path=" + quoted("\(directory)/\(name)")
    if logged { chardev += ",logappend=off,logfile=" + quoted("\(directory)/console.log") }
    return ["-chardev", chardev]
  }

  private static func network(_ guest: GuestConfiguration, in directory: String) -> [String] {
    let backend: String
    switch guest.network {
    case .none: return []
    case .user:
      let forwards = guest.forwards.flatMap { forward in
        ["tcp", "udp"].map { ",hostfwd=\($0):127.0.0.1:\(forward.host)-:\(forward.guest)" }
      }
      backend = "user,id=net0" + forwards.joined()
    case .tap(let interface):
      backend = "tap,id=net0,ifname=\(quoted(interface)),script=no,downscript=no"
    case .datagram(let path):
      backend =
        "dgram,id=net0,local.type=unix,local.path=\(quoted(directory + "/net")),"
        + "remote.type=unix,remote.path=\(quoted(path))"
    }
    return ["-netdev", backend] + virtio("virtio-net", "netdev=net0", guest)
  }

  private static func disk(_ guest: GuestConfiguration) -> [String] {
    guard let disk = guest.disk else { return [] }
    return ["-drive", "if=none,id=disk0,format=raw,file=" + quoted(disk)]
      + virtio("virtio-blk", "drive=disk0", guest)
  }

  private static func virtio(
    _ device: String, _ options: String, _ guest: GuestConfiguration
  ) -> [String] {
    switch guest.machine {
    case .microvm:
      ["-global", "virtio-mmio.force-legacy=false", "-device", "\(device)-device,\(options)"]
    case .q35, .pc:
      [
        "-device",
        "\(device)-pci,disable-legacy=on,\(options)" + (device == "virtio-net" ? ",romfile=" : ""),
      ]
    }
  }

  /// A word of the guest's command line: in double quotes, with \" for a quote and \\ for a
  /// backslash, unless it is plain (the kernel's `ArgumentWords` reads it).
  static func word(_ argument: String) -> String {
    let isPlain = argument.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != 0x22 && $0 != 0x5c }
    if isPlain, !argument.isEmpty { return argument }
    var quoted = "\""
    for character in argument.unicodeScalars {
      if character == "\"" || character == "\\" { quoted += "\\" }
      quoted.unicodeScalars.append(character)
    }
    return quoted + "\""
  }

  /// A value for one of QEMU's comma-separated options: commas doubled.
  static func quoted(_ value: String) -> String {
    value.split(separator: ",", omittingEmptySubsequences: false).joined(separator: ",,")
  }
}
