// A guest that does with its devices what the bytes on its console ask for, and prints a line for
// each. `DeviceTests` compares with what the host sees of the same devices.
//
//   i what the disk is   w write a pattern to blocks 100 to 1123, eight at a time, and flush
//   s a checksum of the whole disk   b read block by block and name those that fail
//   x requests that must be refused   e 64 bytes from the entropy device
//   c echo on the console device until the line `end`   o power off
//   l write 30 lines to the console device, and power off at once
//   f do not look at the console until input was lost, then count all that arrived

#if hasFeature(Embedded)
internal import Kernel
internal import Virtio
internal import X86

@main
struct DeviceChecks: AsyncApplication {
  static func run() async {
    let (input, source) = AsyncStream.makeStream(of: UInt8.self)
    let flood = Flood()
    Console.onInput { bytes in
      for byte in bytes where !flood.takes(byte) { source.yield(byte) }
    }
    for await byte in input { await obey(byte) }
  }

  static func obey(_ byte: UInt8) async {
    switch byte {
    case UInt8(ascii: "e"): return entropy()
    case UInt8(ascii: "c"): return await echo()
    case UInt8(ascii: "l"): lastLines()
    case UInt8(ascii: "o"): System.powerOff()
    case UInt8(ascii: "\n"): return
    default: break
    }
    guard let disk = Block.asyncDevice() else { return print("no disk") }
    do throws(BlockError) {
      switch byte {
      case UInt8(ascii: "i"):
        print("disk \(disk.blockCount) x \(disk.blockSize) read-only \(disk.isReadOnly)")
      case UInt8(ascii: "w"): try await writePattern(disk)
      case UInt8(ascii: "s"): try await checksum(disk)
      case UInt8(ascii: "b"): await readEach(disk)
      case UInt8(ascii: "x"): await refusals(disk)
      default: print("?")
      }
    } catch {
      print("error: \(error.text)")
    }
  }

  static func writePattern(_ disk: AsyncBlockDevice) async throws(BlockError) {
    let pieces = 8
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 512)
    defer { memory.deallocate() }
    for first in stride(from: UInt64(100), to: 1124, by: 128) {
      for index in 0..<memory.count {
        let place = Int(first) * 512 + index
        memory[index] = UInt8(truncatingIfNeeded: place &* 13 ^ place >> 9)
      }
      // Eight requests are under way at once.
      var failed: BlockError?
      var left = pieces
      await withUnsafeContinuation { (whole: UnsafeContinuation<Void, Never>) in
        for piece in 0..<pieces {
          let part = memory[piece * 8192..<(piece + 1) * 8192]
          disk.device.write(first + UInt64(piece * 16), UnsafeRawBufferPointer(rebasing: part)) {
            result in
            if case .failure(let error) = result { failed = error }
            left -= 1
            if left == 0 { whole.resume() }
          }
        }
      }
      if let failed { throw failed }
    }
    try await disk.flush()
    print("written")
  }

  /// FNV-1a over the whole disk.
  static func checksum(_ disk: AsyncBlockDevice) async throws(BlockError) {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 131_072, alignment: 512)
    defer { memory.deallocate() }
    var sum: UInt64 = 0xcbf2_9ce4_8422_2325
    let step = UInt64(memory.count / disk.blockSize)
    for first in stride(from: 0, to: disk.blockCount, by: Int(step)) {
      let count = Int(min(step, disk.blockCount - first)) * disk.blockSize
      try await disk.read(first, into: UnsafeMutableRawBufferPointer(rebasing: memory[..<count]))
      for index in 0..<count { sum = (sum ^ UInt64(memory[index])) &* 0x100_0000_01b3 }
    }
    print("sum \(sum)")
  }

  static func readEach(_ disk: AsyncBlockDevice) async {
    let memory = UnsafeMutableRawBufferPointer.allocate(
      byteCount: disk.blockSize, alignment: 512)
    defer { memory.deallocate() }
    var failed = 0
    for block in 0..<disk.blockCount {
      do throws(BlockError) { try await disk.read(block, into: memory) } catch {
        failed += 1
        if failed <= 8 { print("block \(block): \(error.text)") }
      }
    }
    print("\(failed) failed")
  }

  static func refusals(_ disk: AsyncBlockDevice) async {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1024, alignment: 512)
    defer { memory.deallocate() }
    for (first, count) in [(disk.blockCount, 512), (disk.blockCount - 1, 1024), (0, 100)] {
      let part = UnsafeMutableRawBufferPointer(rebasing: memory[..<count])
      do throws(BlockError) {
        try await disk.read(first, into: part)
        print("not refused")
      } catch { print("refused: \(error.text)") }
    }
    do throws(BlockError) {
      try await disk.write(0, UnsafeRawBufferPointer(memory))
      print("write taken")
    } catch { print("write refused: \(error.text)") }
  }

  static func entropy() {
    guard let device = VirtioDrivers.entropy() else { return print("no entropy device") }
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 16)
    let count = device.read(into: bytes)
    var text = ""
    for index in 0..<count { text += " \(bytes[index])" }
    print("entropy \(count):\(text)")
  }

  static func lastLines() -> Never {
    let link = VirtioDrivers.console(0, on: System.loop) { _ in }
    for number in 0..<30 {
      _ = "last line \(number)\n".utf8.withContiguousStorageIfAvailable {
        link?.write(UnsafeRawBufferPointer($0))
      }
    }
    System.powerOff()
  }

  static func echo() async {
    let (lines, source) = AsyncStream.makeStream(of: [UInt8].self)
    let link = VirtioDrivers.console(0, on: System.loop) { bytes in source.yield([UInt8](bytes)) }
    guard let link else { return print("no console device") }
    print("echoing")
    var total = 0
    for await bytes in lines {
      total += bytes.count
      _ = bytes.withUnsafeBytes { link.write($0) }
      if bytes.suffix(4).elementsEqual([0x65, 0x6e, 0x64, 0x0a]) { break }
    }
    print("echoed \(total), dropped \(link.dropped)")
  }
}
/// Counts what arrives on a console that nobody looked at for a while.
final class Flood {
  private var received: Int?
  private var last = Instant(nanoseconds: 0)

  /// Whether the byte belongs to the flood; `f` begins one.
  func takes(_ byte: UInt8) -> Bool {
    if let count = received {
      received = count + 1
      last = System.now
      return true
    }
    guard byte == UInt8(ascii: "f") else { return false }
    received = 0
    last = System.now
    // Interrupts go on; only the loop, which would empty the buffer, does not.
    while X86Machine.shared.consoleDrops.input < 500, System.now - last < .seconds(20) {}
    last = System.now
    System.every(.milliseconds(100)) { [self] in
      guard System.now - last > .milliseconds(5000) else { return }
      print("flood: received \(received ?? 0), lost \(X86Machine.shared.consoleDrops.input)")
      System.powerOff()
    }
    return true
  }
}
#else
@main
struct DeviceChecks {
  static func main() {}
}
#endif
