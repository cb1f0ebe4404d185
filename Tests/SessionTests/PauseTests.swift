import Bytes
import Inspect
import Session
import Testing

@Suite("A moment's stop")
struct PauseTests {
  @Test("a breakpoint is planted in a running target, which goes on")
  func plants() throws {
    let (session, target, _) = Program.session(at: 0x1100)
    try session.start(.cont(ignore: 0))
    #expect(session.isRunningFreely)
    #expect(try session.pause() == nil)
    _ = try session.add(.location(.function("leaf")))
    try session.start(.cont(ignore: 0))
    #expect(session.isRunningFreely)
    #expect(target.planted == [StopPoint(kind: .software, address: Address(0x1044))])
  }

  @Test("what stops the target in the same moment is told, and it stays stopped")
  func collides() throws {
    let (session, _, _) = Program.session()
    _ = try session.add(.location(.function("leaf")))
    try session.start(.cont(ignore: 0))
    guard case .stopped(let stop)? = try session.pause() else {
      Issue.record("the breakpoint was lost")
      return
    }
    #expect(stop.reason == .breakpoint(number: 1, isTemporary: false))
    #expect(!session.isRunningFreely)
  }

  @Test("a step under way is not paused")
  func refuses() throws {
    let (session, _, _) = Program.session(at: 0x1100)
    try session.start(.stepLine(1))
    #expect(!session.isRunningFreely)
  }
}

@Suite("Inlined calls")
struct InlinedCallTests {
  @Test("stepping over one runs to its ways out instead of walking it")
  func runsOut() throws {
    let (session, target, _) = Program.session(at: 0x100a)
    // Line 11, the call of `leaf`, comes before; line 13 follows the inlined `twice`.
    target.processors[0].registers["rip"] = 0x1009
    let before = target.log.count
    let stop = try session.stop(.nextLine(1))
    #expect(stop?.place == "main:12" || stop?.place == "main:13")
    if stop?.place == "main:12" { #expect(try session.stop(.nextLine(1))?.place == "main:13") }
    let planted = target.log.dropFirst(before).contains {
      $0 == .insert(StopPoint(kind: .software, address: Address(0x100e)))
    }
    #expect(planted, "\(target.log.dropFirst(before))")
    #expect(target.planted.isEmpty)
  }
}
