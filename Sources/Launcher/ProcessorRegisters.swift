// All registers of a guest's processors, from the monitor's `info registers -a` (QEMU's
// target/i386/cpu-dump.c). They belong together only while the guest is stopped.

/// The registers of one x86-64 processor.
public struct ProcessorRegisters: Sendable {
  /// By gdb's names: `rax` to `r15`, `rip`, `eflags`, `cs` to `gs`, `fs_base`, `gs_base`, `cr0` to
  /// `cr4`, `efer`, and the control words `fcw`, `fsw`, `ftw`, `mxcsr`.
  public var values: [String: UInt64] = [:]
  /// ST(0) to ST(7): significand, sign and exponent.
  public var floats: [Int: (significand: UInt64, exponent: UInt64)] = [:]
  /// XMM0 to XMM15, as halves.
  public var vectors: [Int: (low: UInt64, high: UInt64)] = [:]
  /// Whether it waits in `hlt`.
  public var isHalted: Bool { values["hlt"] == 1 }

  private static let segments: Set<Substring> = ["ES", "CS", "SS", "DS", "FS", "GS"]
  private static let renamed: [Substring: String] = ["RFL": "eflags"]

  /// Reads QEMU's text for all processors; empty where it is not of that kind. At most 256.
  public static func parse(_ text: String) -> [ProcessorRegisters] {
    var processors: [ProcessorRegisters] = []
    var current = ProcessorRegisters()
    func finish() {
      if current.values["rip"] != nil, processors.count < 256 { processors.append(current) }
      current = ProcessorRegisters()
    }
    for line in text.split(whereSeparator: \.isNewline) {
      if line.hasPrefix("CPU#") { finish() }
      current.take(line)
    }
    finish()
    return processors
  }

  private mutating func take(_ line: Substring) {
    // `R8 =` and `CS =`: a blank may stand before the sign.
    let words = line.replacing(" =", with: "=").split(separator: " ")
    for (index, word) in words.enumerated() {
      guard let sign = word.firstIndex(of: "=") else { continue }
      let (name, digits) = (word[..<sign], word[word.index(after: sign)...])
      let next = words.indices.contains(index + 1) ? words[index + 1] : ""
      if name.hasPrefix("XMM"), let number = Int(name.dropFirst(3)) {
        // The upper half first, with a blank between them or without.
        let halves =
          digits.utf8.count == 32 ? (digits.prefix(16), digits.suffix(16)) : (digits, next)
        guard let high = UInt64(halves.0, radix: 16), let low = UInt64(halves.1, radix: 16)
        else { continue }
        vectors[number] = (low, high)
      } else if name.hasPrefix("FPR"), let number = Int(name.dropFirst(3)) {
        guard let significand = UInt64(digits, radix: 16), let exponent = UInt64(next, radix: 16)
        else { continue }
        floats[number] = (significand, exponent)
      } else if let value = UInt64(digits, radix: 16) {
        values[Self.renamed[name] ?? name.lowercased()] = value
        if Self.segments.contains(name), index == 0, let base = UInt64(next, radix: 16) {
          values[name.lowercased() + "_base"] = base
        }
      }
    }
  }
}
