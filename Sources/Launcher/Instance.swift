// One running guest and everything needed to reach it, as `run` records it in the registry.

public import Bytes

/// A guest that `porthole run` has booted.
public struct Instance: Hashable, Sendable {
  public var name: String
  /// The QEMU process.
  public var process: ProcessIdentity
  /// The folder with its sockets and files.
  public var directory: String
  /// What it was booted with.
  public var guest: GuestConfiguration
  /// The image's build id, if it has one.
  public var buildID: BuildID?
  /// Seconds since 1970 at which it was started.
  public var started: Int

  /// Creates an instance.
  public init(
    name: String, process: ProcessIdentity, directory: String, guest: GuestConfiguration,
    buildID: BuildID?, started: Int
  ) {
    self.name = name
    self.process = process
    self.directory = directory
    self.guest = guest
    self.buildID = buildID
    self.started = started
  }

  /// The unix socket of QEMU's gdbstub.
  public var gdbSocket: String { directory + "/gdb" }
  /// The unix socket of QMP.
  public var qmpSocket: String { directory + "/qmp" }
  /// A second QMP socket, for the `run` that waits for the guest's end.
  public var eventsSocket: String { directory + "/events" }
  /// The unix socket of the console, COM1.
  public var consoleSocket: String { directory + "/console" }
  /// The unix socket of the agent, COM2.
  public var agentSocket: String { directory + "/agent" }
  /// The unix socket of whoever holds the agent's link: what else is wanted of the agent goes that way.
  public var deskSocket: String { directory + "/desk" }
  /// The file that is the guest's RAM, mappable while it runs.
  public var memoryFile: String { directory + "/ram" }
  /// All the console's output so far.
  public var consoleLog: String { directory + "/console.log" }
  /// What QEMU itself said.
  public var emulatorLog: String { directory + "/qemu.log" }
  /// The registry's record.
  public var recordFile: String { directory + "/instance.json" }

  /// Whether a text can be an instance's name: a letter or digit, then up to 31 letters, digits,
  /// dots, dashes or underscores.
  public static func isName(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard (1...32).contains(bytes.count) else { return false }
    for (index, byte) in bytes.enumerated() {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        continue
      case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
        if index == 0 { return false }
      default: return false
      }
    }
    return true
  }
}
