internal import Bytes
internal import Symbols

/// T5: many addresses of a large file to function, line and inlined frames.
enum SymbolBench {
  /// Looks up `count` addresses spread evenly over the file's `.text` and prints the time, reading
  /// the file included.
  static func run(path: String, count: Int) throws {
    var found = 0
    var frames = 0
    let time = try timed {
      let file = try SymbolFile(path: path)
      guard let text = file.sections.first(where: { $0.name == ".text" }) else { return }
      let stride = max(1, text.size / UInt64(max(1, count)))
      for index in 0..<UInt64(count) {
        let locations = file.frames(at: text.address.advanced(by: index &* stride))
        if !locations.isEmpty { found += 1 }
        frames += locations.count
      }
    }
    print("symbols-ms", time / 1e3)
    print("found", found, "frames", frames)
  }
}
