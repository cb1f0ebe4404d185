// source: commands from a file.

internal import Glibc

enum SourceCommand {
  static let command = Command(
    name: "source", aliases: ["so"], group: .session, usage: "source FILE",
    summary: "Run the commands in a file, up to the first that fails",
    manual: "Empty lines and lines that begin with # are skipped.", repeats: .never,
    completes: .file, run: run)

  /// The largest file that is read, in bytes.
  private static let limit = 1 << 20

  private static func run(_ call: Invocation) throws {
    if call.arguments.isEmpty { throw call.usage("The file is missing.") }
    guard let text = read(call.arguments) else {
      throw CommandError.message(
        "\(call.arguments): no such file, or not a file of at most 1 MB that can be read.")
    }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      let line = Words.trimmed(line)
      if line.isEmpty || line.hasPrefix("#") { continue }
      do { try call.interpreter.nested(line) } catch {
        guard case .failed(let message) = Interpreter.outcome(of: error) else { throw error }
        throw CommandError.message(
          "\(call.arguments):\(index + 1): Error in sourced command file:\n\(message)")
      }
    }
  }

  private static func read(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_size <= limit
    else { return nil }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count <= limit {
      // Safety: `read` fills at most `chunk.count` bytes of the array it is given.
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      guard count > 0 else { break }
      bytes += chunk[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
