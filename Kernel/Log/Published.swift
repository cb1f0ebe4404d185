// The log ring as others are told of it (Kernel/Publishing): the layout of LogLayout.swift.

internal import Publishing
internal import Telemetry

extension LogRing {
  /// Publishes the ring.
  public func publish() {
    Publish.ring(
      "log", at: base + LogLayout.reservedSlots * LogLayout.slotSize, latest: base + 16,
      capacity: capacity, stride: LogLayout.slotSize,
      [
        PublishedField("checksum", .checksum, at: 0, width: 4),
        .enumeration(
          "kind", at: 4, width: 1, ["text", "boot", "powerOff", "reset", "panic", "panicDetail"]),
        .enumeration(
          "level", at: 5, width: 1, ["error", "warning", "notice", "info", "debug"]),
        PublishedField("isCut", .boolean, at: 7, width: 1),
        PublishedField("number", .sequence, at: 8),
        PublishedField("time", .instant, .instant, at: 16),
        PublishedField("boot", at: 24, width: 4),
        PublishedField("value", at: 28, width: 4),
        .inlineText("text", at: LogLayout.textOffset, width: LogLayout.textLimit, length: 6),
      ])
  }
}
