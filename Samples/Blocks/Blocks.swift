// Teaches block devices: writes a pattern to the first blocks of the first device, reads it back,
// compares, and prints how long that took: `porthole run Blocks --disk FILE`, which it overwrites.

import Kernel

@main
struct Blocks: Application {
  static func start() {
    guard let disk = Block.device() else { return end("there is no disk", status: 1) }
    Console.write("disk of \(disk.blockCount) blocks of \(disk.blockSize) bytes\n")
    Exercise(disk).write()
  }

  static func end(_ text: StaticString, status: UInt8) {
    print(text)
    System.powerOff(status: status)
  }
}

/// Writes, flushes, reads and compares, each step when the one before it has ended.
final class Exercise {
  private let disk: any BlockDevice
  private let pattern: UnsafeMutableRawBufferPointer
  private let copy: UnsafeMutableRawBufferPointer
  private let begin = System.now

  init(_ disk: any BlockDevice) {
    self.disk = disk
    let size = disk.blockSize * Int(min(disk.blockCount, 256))
    pattern = .allocate(byteCount: size, alignment: 4096)
    copy = .allocate(byteCount: size, alignment: 4096)
    for index in 0..<size { pattern[index] = UInt8(truncatingIfNeeded: index &* 31 ^ index >> 8) }
  }

  func write() {
    disk.write(0, UnsafeRawBufferPointer(pattern)) { [self] result in
      check(result) { disk.flush { [self] result in check(result) { read() } } }
    }
  }

  private func read() {
    disk.read(0, into: copy) { [self] result in check(result) { compare() } }
  }

  private func compare() {
    for index in 0..<copy.count where copy[index] != pattern[index] {
      return Blocks.end("what was read is not what was written", status: 2)
    }
    let micros = (System.now - begin).count / 1000
    Console.write("\(copy.count) bytes written, flushed, read and compared in \(micros) us\n")
    System.powerOff()
  }

  private func check(_ result: Result<Void, BlockError>, _ next: () -> Void) {
    switch result {
    case .success: next()
    case .failure(let error): Blocks.end(error.text, status: 3)
    }
  }
}
