internal import Bytes
internal import Glibc
internal import Inspect
@testable internal import RemoteTarget

/// gdbserver with an ordinary Linux process (Tests/Fixtures/victim.c), which waits at its start.
final class Victim {
  let folder: TemporaryFolder
  let server: Child
  let executable: String
  let endpoint: Endpoint
  /// The addresses in the file, before the process was placed.
  let symbols: [String: UInt64]
  let fileEntry: UInt64

  init() throws {
    folder = try TemporaryFolder()
    executable = folder.path + "/victim"
    try Child.run(
      "clang",
      [
        "-g", "-O0", "-pthread", "-fPIE", "-pie", packageFolder + "/Tests/Fixtures/victim.c",
        "-o", executable,
      ], in: folder)
    try Child.run("nm", [executable], in: folder)
    var symbols: [String: UInt64] = [:]
    for line in contents(of: folder.path + "/nm.log").split(separator: "\n") {
      let fields = line.split(separator: " ")
      if fields.count == 3 { symbols[String(fields[2])] = UInt64(fields[0], radix: 16) }
    }
    self.symbols = symbols
    guard let start = symbols["_start"] else { throw MissingTool(description: "no _start") }
    fileEntry = start
    let log = folder.path + "/gdbserver.log"
    server = try Child("gdbserver", ["127.0.0.1:0", executable], log: log)
    var port: UInt16?
    _ = eventually {
      let words = contents(of: log).split(whereSeparator: { $0 == " " || $0 == "\n" })
      if let index = words.lastIndex(of: "port"), index + 1 < words.count {
        port = UInt16(words[index + 1])
      }
      return port != nil
    }
    guard let port else { throw MissingTool(description: "gdbserver: \(contents(of: log))") }
    endpoint = .tcp(host: "127.0.0.1", port: port)
  }

  /// Where a symbol lies in the process.
  func address(_ name: String, in target: RemoteTarget) throws -> Address {
    guard let symbol = symbols[name], let entry = target.profile.entry else {
      throw MissingTool(description: "no \(name), or no entry")
    }
    return Address(symbol &+ entry.value &- fileEntry)
  }
}

/// The state letter and the tracer of a process, by /proc.
func processState(_ process: UInt64) -> (letter: Character, tracer: Int)? {
  var letter: Character?
  var tracer: Int?
  for line in contents(of: "/proc/\(process)/status").split(separator: "\n") {
    let fields = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
    guard fields.count > 1 else { continue }
    if fields[0] == "State:" { letter = fields[1].first }
    if fields[0] == "TracerPid:" { tracer = Int(fields[1]) }
  }
  guard let letter, let tracer else { return nil }
  return (letter, tracer)
}
