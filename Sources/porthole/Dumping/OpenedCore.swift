// What `core:` names: an ELF core, the RAM of an instance that is gone, or such an instance by name.

internal import Bytes
internal import Cores
internal import Glibc
internal import Inspect
internal import Launcher
internal import Readings
internal import Telemetry

/// A dead target that was found and understood.
struct OpenedCore {
  let target: CoreTarget
  /// The build id of its image, if that is known without looking into its memory.
  let buildID: BuildID?
  /// The path of its image, if that is known.
  let image: String?
  /// Where it describes itself, if that is known.
  let root: UInt64?

  /// Opens what stands after `core:` on the command line.
  static func open(_ text: String) throws -> OpenedCore {
    let path = try file(text)
    guard let bytes = FileBytes(path: path) else {
      throw Failure(.nothingThere, "\(path): \(String(cString: strerror(errno)))")
    }
    // RAM may begin with the header of an image that was loaded there.
    guard CoreFile.isELF(bytes), !path.hasSuffix("/ram") else {
      return try ram(bytes, path, named: text)
    }
    let core: CoreFile
    do throws(CoreError) {
      core = try CoreFile(bytes)
    } catch {
      throw Failure(.usage, "\(path) cannot be read as a core: \(error.message)")
    }
    if core.missing > 0 {
      Talk.line("\(path) was cut off: \(core.missing) bytes of memory are missing")
    }
    return OpenedCore(
      target: CoreTarget(core, name: "core:" + text), buildID: core.buildID,
      image: core.origin?.image, root: core.origin?.root)
  }

  /// RAM as QEMU keeps it in a file. What kind of machine it was stands in the record beside it.
  private static func ram(
    _ bytes: FileBytes, _ path: String, named text: String
  ) throws -> OpenedCore {
    let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    let instance = Registry.record(in: folder.isEmpty ? "." : folder.joined(separator: "/"))
    guard bytes.size > 0, bytes.size & 4095 == 0 else {
      throw Failure(.usage, "\(path) is neither an ELF core nor the RAM of an instance")
    }
    var guest = instance?.guest ?? GuestConfiguration(image: "")
    if instance == nil { guest.memory = Int(bytes.size >> 20) }
    let target = CoreTarget(
      memory: AddressSpace(bytes, guest.segments), threads: [], name: "core:" + text,
      kind: "RAM of " + (instance?.name ?? "a guest"))
    return OpenedCore(
      target: target, buildID: instance?.buildID, image: instance?.guest.image, root: nil)
  }

  /// The file that is meant.
  private static func file(_ text: String) throws -> String {
    if Files.isFolder(text), Files.isReadable(text + "/ram") { return text + "/ram" }
    if access(text, F_OK) == 0 || !Instance.isName(text) { return text }
    let registry = Registry()
    if let ended = registry.ended().first(where: { $0.name == text }) { return ended.memoryFile }
    if let instance = registry.instances().first(where: { $0.name == text }) {
      throw Failure(
        .usage, "\(text) is there: name it without core:, or the file \(instance.memoryFile)")
    }
    throw Failure(
      .nothingThere, "there is no file \(text), and no instance of this name ended lately")
  }
}

/// Readings of what is dead.
final class CoreSource: ReadingSource {
  let kind = "core"
  let losses: TelemetryCopy.Statistics? = nil
  let isStill = true
  private let memory: RAMFile
  private let root: UInt64
  private let name: String
  /// All readings are of one moment.
  private let opened = Moment.microseconds

  init(_ text: String) throws {
    let core = try OpenedCore.open(text)
    memory = RAMFile(core.target.memory)
    name = core.target.profile.name
    guard let root = core.root ?? memory.findRoot() else {
      throw Failure(
        .no, "\(name) tells nothing of itself: its image has no agent (build it with --agent)")
    }
    self.root = root
  }

  func take(wanting: (String, UInt64) -> Bool) throws -> Reading {
    guard var reading = Reading(at: root, in: memory, wanting: wanting) else {
      throw Failure(.no, "\(name): what it tells of itself was being changed when it ended")
    }
    reading.taken = opened
    return reading
  }

  func follow(_ tables: inout ProfileTables) -> Bool { tables.look(at: root, in: memory) }

  func idle(milliseconds: Int) throws { usleep(UInt32(milliseconds) * 1000) }

  func end() {}
}
