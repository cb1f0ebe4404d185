// A guest for what only the hosted platform has: descriptors that are watched, and disks that are
// slow. Its first word says which; it prints what it saw, one line a fact, or else its words.

import CProbe
import Execution
import Hosted
import Machine

@main
struct HostedChecks {
  static func main() {
    let machine = HostedMachine()
    let loop = EventLoop(on: machine)
    loop.makeCurrent()
    switch HostedProcess.arguments.first?.utf8.first {
    case UInt8(ascii: "p"): Watching(machine, loop).run()
    case UInt8(ascii: "d"): DiskChecks(loop).run()
    default: print(HostedProcess.arguments.joined(separator: " "))
    }
    machine.powerOff(status: 0)
  }
}

extension EventLoop {
  /// Runs for a time.
  func run(for span: Nanoseconds) {
    after(span) { self.stop() }
    run()
  }
}

/// Watches a pipe and a pair of sockets.
final class Watching {
  private let machine: HostedMachine
  private let loop: EventLoop
  private var marks = 0
  private var bytes = 0
  private var isLazy = false

  init(_ machine: HostedMachine, _ loop: EventLoop) {
    self.machine = machine
    self.loop = loop
  }

  func run() {
    watch("pipe", isSocket: 0)
    watch("socket", isSocket: 1)
    print("a file is watched: \(machine.watch(cprobe_file()) != nil)")
    print("a closed descriptor is watched: \(machine.watch(99) != nil)")
    // Failures used none up: of 64 lines 3 are fixed and 2 in use.
    var left = 0
    while let ends = pair(0), machine.watch(ends.reader) != nil { left += 1 }
    print("lines left: \(left)")
  }

  private func pair(_ isSocket: Int32) -> (reader: Int32, writer: Int32)? {
    var ends: (Int32, Int32) = (0, 0)
    return cprobe_pair(isSocket, &ends.0, &ends.1) == 0 ? (ends.0, ends.1) : nil
  }

  private func watch(_ name: StaticString, isSocket: Int32) {
    guard let ends = pair(isSocket), let line = machine.watch(ends.reader) else {
      return print("cannot watch a \(name)")
    }
    _ = loop.register("watched", line: line) { [self] in
      marks += 1
      if isLazy { return }
      while true {
        let count = cprobe_take(ends.reader)
        if count <= 0 { break }
        bytes += count
      }
    }
    (marks, bytes) = (0, 0)
    tell(name, "at first")
    cprobe_put(ends.writer, 3)
    tell(name, "3 bytes")
    // What is left unread is no news.
    isLazy = true
    cprobe_put(ends.writer, 4)
    tell(name, "4 bytes, left there")
    isLazy = false
    cprobe_put(ends.writer, 5)
    tell(name, "5 bytes")
    // A loop that never waits hears of it too.
    cprobe_put(ends.writer, 6)
    for _ in 0..<128 { loop.turn(mayWait: false) }
    print("\(name): 6 bytes in a busy loop: \(marks) marks, \(bytes) bytes")
    cprobe_end(ends.writer)
    tell(name, "closed")
  }

  private func tell(_ name: StaticString, _ what: StaticString) {
    loop.run(for: .milliseconds(50))
    print("\(name): \(what): \(marks) marks, \(bytes) bytes")
  }
}

/// Flushes a disk that takes long (the test sees to it), with a timer beside; then asks for more
/// at once than any queue holds.
final class DiskChecks {
  private let loop: EventLoop
  private var pending = 0
  private var wrong = 0

  init(_ loop: EventLoop) { self.loop = loop }

  func run() {
    guard let disk = HostedDisk(0, on: loop) else { return print("no disk") }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 512, alignment: 512)
    for index in 0..<512 { buffer[index] = UInt8(truncatingIfNeeded: index &* 7) }
    var (ticks, isOver) = (0, false)
    let timer = loop.every(.milliseconds(10)) { ticks += 1 }
    let begin = loop.now
    disk.write(1, UnsafeRawBufferPointer(buffer)) { _ in
      disk.flush { [self] _ in
        isOver = true
        loop.stop()
      }
      if isOver { print("the flush ended within its call") }
    }
    loop.run()
    loop.cancel(timer)
    let span = (loop.now - begin).count / 1_000_000
    print("flush slow: \(span >= 300), ticks went on: \(ticks >= 3)")
    crowd(disk)
  }

  private func crowd(_ disk: HostedDisk) {
    let copies = UnsafeMutableRawBufferPointer.allocate(byteCount: 20_000 * 512, alignment: 512)
    for index in 0..<20_000 {
      pending += 1
      let copy = UnsafeMutableRawBufferPointer(rebasing: copies[index * 512..<index * 512 + 512])
      disk.read(1, into: copy) { [self] result in
        pending -= 1
        if case .failure = result { wrong += 1 }
        if copy[511] != UInt8(truncatingIfNeeded: 511 * 7) { wrong += 1 }
        if pending == 0 { loop.stop() }
      }
    }
    // Beyond the end: refused, but not within the call either.
    disk.read(disk.blockCount, into: copies) { [self] result in
      if case .success = result { wrong += 1 }
      print("refused with \(pending > 0 ? "others" : "none") pending")
    }
    print("pending \(pending)")
    loop.run()
    print("pending \(pending), wrong \(wrong)")
  }
}
