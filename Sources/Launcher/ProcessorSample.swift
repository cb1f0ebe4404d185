// What one processor of a guest was doing at one moment, from the monitor's `info registers`.

public import Bytes

/// One look at an x86 processor.
public struct ProcessorSample: Hashable, Sendable {
  /// The instruction pointer. Of a guest that runs under TCG it may be some instructions old.
  public var address: Address
  /// Whether interrupts are enabled (RFLAGS.IF).
  public var takesInterrupts: Bool
  /// Whether it waits in `hlt`.
  public var isHalted: Bool

  /// Creates a sample.
  public init(address: Address, takesInterrupts: Bool, isHalted: Bool) {
    self.address = address
    self.takesInterrupts = takesInterrupts
    self.isHalted = isHalted
  }

  /// Reads QEMU's text for all processors, one `RIP=` (or `EIP=`), `RFL=` (`EFL=`) and `HLT=` each;
  /// empty where the text is not of that kind, as for another architecture.
  public static func parse(_ text: String) -> [ProcessorSample] {
    var samples: [ProcessorSample] = []
    var address: UInt64?
    var flags: UInt64?
    for word in text.split(whereSeparator: { $0 == " " || $0.isNewline }) {
      let parts = word.split(separator: "=", maxSplits: 1)
      guard parts.count == 2 else { continue }
      switch parts[0] {
      case "RIP", "EIP": address = UInt64(parts[1], radix: 16)
      case "RFL", "EFL": flags = UInt64(parts[1], radix: 16)
      case "HLT":
        guard let at = address, let bits = flags else { continue }
        samples.append(
          ProcessorSample(
            address: Address(at), takesInterrupts: bits >> 9 & 1 == 1, isHalted: parts[1] == "1"))
        (address, flags) = (nil, nil)
      default: continue
      }
      if samples.count >= 256 { break }
    }
    return samples
  }
}
