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
