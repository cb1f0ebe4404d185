// Programs that tests compile when they first need them, and the tools that judge our answers.

internal import Glibc
internal import Synchronization
internal import Testing

/// Runs a shell command and returns what it printed; its errors are dropped.
func shell(_ command: String) -> String {
  // Tests run on threads that block all signals, which a child would inherit: a gdb that never
  // hears of its own child waits for ever.
  var none = sigset_t()
  var before = sigset_t()
  sigemptyset(&none)
  pthread_sigmask(SIG_SETMASK, &none, &before)
  defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
  // Safety: the stream is popen's own, read to its end and closed once.
  guard let stream = popen("exec 2>/dev/null </dev/null; " + command, "r") else { return "" }
  defer { pclose(stream) }
  var output: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = fread(&chunk, 1, chunk.count, stream)
    if count == 0 { break }
    output.append(contentsOf: chunk[..<count])
  }
  return String(decoding: output, as: UTF8.self)
}

/// Writes a file, replacing what is there.
func write(_ text: String, to path: String) {
  guard let stream = fopen(path, "w") else { return }
  fputs(text, stream)
  fclose(stream)
}

/// Reads a whole file.
func contents(of path: String) -> [UInt8] {
  guard let stream = fopen(path, "r") else { return [] }
  defer { fclose(stream) }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = fread(&chunk, 1, chunk.count, stream)
    if count == 0 { return bytes }
    bytes.append(contentsOf: chunk[..<count])
  }
}

/// The symbolizer that came with the Swift toolchain, which knows DWARF 5 well.
let symbolizer: String = {
  let compiler = shell("readlink -f \"$(command -v swiftc)\"")
  let folder = compiler.split(separator: "/").dropLast().joined(separator: "/")
  return "/" + folder + "/llvm-symbolizer"
}()

/// One compiled program.
struct Fixture: Sendable, CustomTestStringConvertible {
  var name: String
  var source: String
  var command: String

  var testDescription: String { name }

  /// A folder for this run of the tests.
  static let folder: String = {
    var template = Array("/tmp/porthole-symbols-XXXXXX".utf8CString)
    // Safety: mkdtemp changes the terminated text in place.
    let made = mkdtemp(&template) != nil
    return made ? String(decoding: template.dropLast().map { UInt8($0) }, as: UTF8.self) : "/tmp"
  }()

  /// Compiles the program if that has not happened, and returns its path.
  func build() -> String { Builder.build(self) }

  static func c(_ flags: String, of source: String = "tour.c") -> Fixture {
    Fixture(
      name: "\(source) \(flags)", source: source,
      command: "clang \(flags) -fno-omit-frame-pointer -Wl,--build-id -o OUT SOURCE")
  }

  static func swift(_ flags: String, of source: String = "tour.swift") -> Fixture {
    Fixture(
      name: "\(source) \(flags)", source: source,
      // gdb 13 gives up on the index and on the breadcrumbs that Swift writes for lldb.
      command: """
        swiftc \(flags) -Xfrontend -no-clang-module-breadcrumbs -parse-as-library \
        -module-name Tour -o OUT SOURCE && objcopy -R .debug_names OUT
        """)
  }

  /// Every compiler and DWARF version that the look-ups are swept with.
  static let all: [Fixture] = [
    .c("-g -O0 -gdwarf-5"), .c("-g -O2 -gdwarf-5"), .c("-g -O0 -gdwarf-4"),
    .c("-g -O2 -gdwarf-4 -static"), .c("-g -O2 -gdwarf-5 -no-pie -ffunction-sections"),
    .swift("-g -Onone"), .swift("-g -O"),
  ]
}

/// Builds each fixture once, whichever test asks first.
private enum Builder {
  static let lock = Mutex(())

  static func build(_ fixture: Fixture) -> String {
    lock.withLock { _ in compile(fixture) }
  }

  private static func compile(_ fixture: Fixture) -> String {
    var tag = ""
    for byte in fixture.name.utf8 {
      let isPlain = byte >= 0x61 && byte <= 0x7a || byte >= 0x30 && byte <= 0x39 || byte == 0x4f
      tag.unicodeScalars.append(isPlain ? Unicode.Scalar(byte) : "-")
    }
    let output = "\(Fixture.folder)/\(tag)"
    if access(output, X_OK) == 0 { return output }
    let source = "\(Fixture.folder)/\(fixture.source)"
    write(Sources.text[fixture.source] ?? "", to: source)
    let words = fixture.command.split(separator: " ").map {
      $0 == "OUT" ? output : $0 == "SOURCE" ? source : String($0)
    }
    _ = shell(words.joined(separator: " "))
    return output
  }
}
