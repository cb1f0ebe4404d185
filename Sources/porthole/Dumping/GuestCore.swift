// From what the launcher knows of a guest to what a core says of it.

internal import Cores
internal import Launcher

extension GuestConfiguration {
  /// Where the guest's RAM stands in its file.
  var segments: [CoreSegment] {
    memoryRanges.map { CoreSegment(start: $0.start, size: $0.size, offset: $0.offset) }
  }
}

extension CoreThread {
  /// A guest's processor; `number` counts from 1.
  init(_ processor: ProcessorRegisters, number: Int, signal: Int) {
    var vectors = VectorState()
    func value(_ name: String) -> UInt64 { processor.values[name] ?? 0 }
    vectors.setControl(value("fcw"), value("fsw"), value("ftw"), value("mxcsr"))
    for (index, float) in processor.floats {
      vectors.setFloat(index, float.significand, float.exponent)
    }
    for (index, vector) in processor.vectors {
      vectors.setVector(index, low: vector.low, high: vector.high)
    }
    self.init(
      number: UInt64(number), signal: signal, registers: processor.values,
      vectors: processor.vectors.isEmpty ? nil : vectors.bytes)
  }
}
