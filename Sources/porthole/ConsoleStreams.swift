// The two directions of a guest's console.

internal import Glibc
internal import JSON
internal import Launcher
internal import TerminalText

/// Writes console output to standard output: as it is to a file or pipe, made harmless to a
/// terminal, where it waits for whole lines or a short pause.
struct ConsoleWriter {
  let isTerminal: Bool
  let isJSON: Bool
  private var pending: [UInt8] = []

  init(isTerminal: Bool, isJSON: Bool) {
    self.isTerminal = isTerminal
    self.isJSON = isJSON
  }

  mutating func write(_ bytes: [UInt8]) {
    guard !bytes.isEmpty else { return }
    guard isTerminal || isJSON else { return Output.bytes(bytes) }
    pending += bytes
    // A character cut in two by the end of a read waits for its rest.
    let held = Self.unfinished(pending)
    emit(pending.dropLast(held))
    pending = Array(pending.suffix(held))
  }

  mutating func finish() {
    emit(pending[...])
    pending = []
  }

  private func emit(_ bytes: ArraySlice<UInt8>) {
    guard !bytes.isEmpty else { return }
    if isJSON {
      var object = JSONObject(schema: "console")
      object["text"] = .string(String(decoding: bytes, as: UTF8.self))
      return Output.json(object)
    }
    var text = Sanitizer.visibleLines(bytes).joined(separator: "\r\n")
    if bytes.last == 0x0a { text += "\r\n" }
    Output.text(text)
  }

  /// How many bytes at the end begin a UTF-8 character that is not complete.
  static func unfinished(_ bytes: [UInt8]) -> Int {
    for (count, byte) in bytes.suffix(3).reversed().enumerated() {
      switch byte {
      case 0x80..<0xc0: continue
      case 0xc0..<0xe0: return count < 1 ? count + 1 : 0
      case 0xe0..<0xf0: return count < 2 ? count + 1 : 0
      case 0xf0...: return count + 1
      default: return 0
      }
    }
    return 0
  }
}

/// Sends standard input to the console's socket, connecting when there is something to send and
/// only for that long.
///
/// A client that stays and is a little slow to read makes QEMU repeat bytes in the console's log: a
/// write that the socket refuses is logged, and logged again when it is tried again (7.2,
/// chardev/char.c, qemu_chr_write_buffer). A few hundred bytes fill the socket.
final class ConsoleInput {
  /// Standard input while it may have something and can be sent on; -1 otherwise.
  var wanted: Int32 { connection < 0 ? descriptor : -1 }
  private var descriptor: Int32 = 0
  /// The console's socket until QEMU has read what was sent; -1 otherwise.
  private(set) var connection: Int32 = -1
  private let socket: String

  init(socket: String) {
    self.socket = socket
    // In the background of a terminal, reading it would suspend the tool.
    if isatty(0) == 1, tcgetpgrp(0) != getpgrp() { descriptor = -1 }
  }

  /// Reads what standard input has and sends it; stops at its end.
  func forward() {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = read(0, &buffer, buffer.count)
    guard count > 0 else {
      descriptor = -1
      return
    }
    if connection < 0 {
      connection = UnixSocket.connect(socket, until: Deadline(milliseconds: 500)) ?? -1
    }
    guard connection >= 0, Files.write(Array(buffer.prefix(count)), to: connection) else {
      descriptor = -1
      return
    }
    // QEMU reads to this end, hands all to the guest, and closes.
    shutdown(connection, Int32(SHUT_WR))
  }

  /// Empties the socket: its output is in the log already.
  func discardOutput() {
    var buffer = [UInt8](repeating: 0, count: 65536)
    let count = read(connection, &buffer, buffer.count)
    guard count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) else { return }
    close(connection)
    connection = -1
  }
}

/// Follows a file that grows.
final class FileFollower {
  /// Readable when the file may have grown.
  let descriptor: Int32
  private let file: Int32

  init(path: String) {
    descriptor = Watch.open(path)
    file = open(path, O_RDONLY | O_CLOEXEC)
  }

  deinit {
    close(file)
    close(descriptor)
  }

  /// The bytes that were added since the last call, 1 MiB at most.
  func takeBytes() -> [UInt8] {
    Watch.drain(descriptor)
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while bytes.count < 1 << 20 {
      let count = read(file, &buffer, buffer.count)
      guard count > 0 else { break }
      bytes += buffer.prefix(count)
    }
    return bytes
  }
}
