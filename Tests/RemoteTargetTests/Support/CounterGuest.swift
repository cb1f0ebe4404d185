// QEMU with a guest of a few instructions (Tests/Fixtures/counter.S), built when a test needs it.

internal import Bytes
internal import Glibc
@testable internal import RemoteTarget

/// The addresses of the counter guest, which the linker is told.
enum CounterGuest {
  static let text = Address(0x101000)
  static let data = Address(0x104000)

  /// Symbols of the image, by `nm`.
  struct Image {
    let path: String
    let symbols: [String: Address]

    func address(_ name: String) throws -> Address {
      guard let address = symbols[name] else { throw MissingTool(description: "no \(name)") }
      return address
    }
  }

  /// Assembles and links the guest into a folder.
  static func build(in folder: TemporaryFolder) throws -> Image {
    let object = folder.path + "/counter.o"
    let image = folder.path + "/counter.elf"
    let list = folder.path + "/nm.log"
    try Child.run(
      "clang",
      [
        "--target=x86_64-unknown-none-elf", "-c", packageFolder + "/Tests/Fixtures/counter.S",
        "-o", object,
      ], in: folder)
    try Child.run(
      "ld.lld",
      [
        "--image-base=0x100000", "-Ttext=0x101000", "-Tdata=0x104000", "-e", "start", object,
        "-o", image,
      ], in: folder)
    try Child.run("nm", [image], in: folder)
    var symbols: [String: Address] = [:]
    for line in contents(of: list).split(separator: "\n") {
      let fields = line.split(separator: " ")
      if fields.count == 3, let value = UInt64(fields[0], radix: 16) {
        symbols[String(fields[2])] = Address(value)
      }
    }
    return Image(path: image, symbols: symbols)
  }
}

/// A QEMU that runs the counter guest, with its stub and QMP on unix sockets.
final class QEMU {
  let folder: TemporaryFolder
  let image: CounterGuest.Image
  let child: Child

  var stubPath: String { folder.path + "/gdb" }
  var endpoint: Endpoint { .unix(path: stubPath) }

  /// Starts it and waits until its sockets are there.
  init(processors: Int = 1, isStopped: Bool = false, machine: [String] = []) throws {
    folder = try TemporaryFolder()
    image = try CounterGuest.build(in: folder)
    var arguments = [
      "-M", "microvm,x-option-roms=off,rtc=off,acpi=off,pic=off,pit=off", "-accel", "tcg",
      "-m", "8", "-smp", String(processors), "-nodefaults", "-no-user-config",
      "-display", "none", "-kernel", image.path,
      "-gdb", "unix:\(folder.path)/gdb,server=on,wait=off",
      "-qmp", "unix:\(folder.path)/qmp,server=on,wait=off",
    ]
    if isStopped { arguments.append("-S") }
    let log = folder.path + "/qemu.log"
    child = try Child("qemu-system-x86_64", arguments + machine, log: log)
    // QMP answers once the stub listens too.
    let isThere = eventually { (try? status()) != nil }
    guard isThere else { throw MissingTool(description: "QEMU: \(contents(of: log))") }
  }

  /// What QMP says of the machine: `running`, `paused`.
  func status() throws -> String {
    let link = try Link.connect(to: .unix(path: folder.path + "/qmp"), milliseconds: 5000)
    try link.send(Array(#"{"execute":"qmp_capabilities"}{"execute":"query-status"}"#.utf8))
    var text = ""
    while case .bytes(let bytes) = link.receive(milliseconds: 5000) {
      text += String(decoding: bytes, as: UTF8.self)
      if let range = text.firstRange(of: #""status": ""#) {
        let rest = text[range.upperBound...]
        if let quote = rest.firstIndex(of: "\"") { return String(rest[..<quote]) }
      }
    }
    throw MissingTool(description: "QMP does not answer: \(text)")
  }
}
