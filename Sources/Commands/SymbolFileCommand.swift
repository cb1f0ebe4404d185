internal import Bytes
internal import JSON
internal import Session
internal import Symbols

enum SymbolFileCommand {
  static let command = Command(
    name: "symbol-file", aliases: ["file"], group: .session, usage: "symbol-file [FILE]",
    summary: "Take symbols from FILE, or forget them", repeats: .never, completes: .file, run: run)

  private static func run(_ call: Invocation) throws {
    guard !call.arguments.isEmpty else {
      guard call.session.symbols != nil, call.confirmed("Discard the symbol table?") else { return }
      call.session.symbols = nil
      return call.line("No symbol file now.")
    }
    let file: SymbolFile
    do { file = try SymbolFile(path: call.arguments) } catch {
      throw CommandError.message(error.message)
    }
    call.session.symbols = file
    call.line("Reading symbols from \(call.arguments)...")
    call.object(
      {
        var object = JSONObject(schema: "symbols")
        object["path"] = .string(file.path)
        object["buildID"] = file.buildID.map { .string($0.hex) } ?? .null
        return object
      }())
  }
}
