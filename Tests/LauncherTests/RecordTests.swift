// Records, process identities and QMP's protocol: everything that is read from outside.

import Bytes
import Glibc
import JSON
@testable import Launcher
import Testing

@Suite("Records")
struct RecordTests {
  static var instance: Instance {
    var guest = GuestConfiguration(image: "/image")
    guest.machine = .q35
    guest.memory = 128
    guest.isDiskImage = true
    guest.isCountingInstructions = true
    guest.network = .datagram(path: "/peer")
    guest.forwards = [PortForward(host: 1, guest: 2)]
    guest.disk = "/disk"
    guest.onPanic = .reboot
    guest.authority = .stop
    guest.arguments = ["x", "y z"]
    return Instance(
      name: "demo", process: ProcessIdentity(pid: 77, startTime: 12345), directory: "/run/demo",
      guest: guest, buildID: BuildID(hex: "0badcafe"), started: 99)
  }

  @Test("a record reads back as the same instance")
  func roundTrip() {
    let bytes = Array(Self.instance.record.text.utf8)
    #expect(Instance(record: bytes, directory: "/run/demo") == Self.instance)
  }

  @Test(
    "a record without what matters is no instance",
    arguments: [
      "schema", "name", "pid", "startTime", "image", "machine", "memory",
    ])
  func incomplete(member: String) {
    var record = Self.instance.record
    record[member] = nil
    #expect(Instance(record: Array(record.text.utf8), directory: "/run/demo") == nil)
    record[member] = [:]
    #expect(Instance(record: Array(record.text.utf8), directory: "/run/demo") == nil)
  }

  @Test("a recycled pid does not count: the start time differs")
  func recycled() throws {
    let own = try #require(ProcessIdentity(pid: getpid()))
    #expect(own.isAlive)
    #expect(!ProcessIdentity(pid: own.pid, startTime: own.startTime + 1).isAlive)
    let folder = temporaryFolder()
    defer { removeFolder(folder) }
    var instance = Self.instance
    instance.process = ProcessIdentity(pid: own.pid, startTime: own.startTime + 1)
    try Files.makeFolder(folder + "/demo")
    try Files.replace(folder + "/demo/instance.json", with: Array(instance.record.text.utf8))
    #expect(Registry(directory: folder).instances().isEmpty)
  }

  @Test("a process's name may hold spaces and parentheses")
  func stat() {
    let rest = (4...21).map(String.init).joined(separator: " ")
    let fields = ProcessIdentity.fields(ofStat: "12 (a) b (c)) S \(rest) 4242 1 2")
    #expect(fields?.state == "S" && fields?.startTime == 4242)
    #expect(ProcessIdentity.fields(ofStat: "12 (a") == nil)
    #expect(ProcessIdentity.fields(ofStat: "12 (a) S 1") == nil)
  }

  @Test("QMP messages are told apart, however the bytes are cut", arguments: [1, 2, 7, 1000])
  func messages(size: Int) {
    let text = """
      {"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}}, "capabilities": []}}\r
      {"return": {}, "id": 1}\r
      {"timestamp": {"seconds": 1}, "event": "STOP"}\r
      {"id": 2, "error": {"class": "CommandNotFound", "desc": "no such"}}\r
      {"return": {"status": "paused"}, "id": 3}\r
      nonsense\r

      """
    var client = QMPClient()
    var messages: [QMPMessage] = []
    let bytes = Array(text.utf8)
    for start in stride(from: 0, to: bytes.count, by: size) {
      messages += client.received(bytes[start..<min(bytes.count, start + size)])
    }
    #expect(
      messages == [
        .greeting(version: "7.2.22"), .result(id: 1, [:]), .event(name: "STOP", [:]),
        .failure(id: 2, "no such"), .result(id: 3, ["status": "paused"]),
        .malformed("no JSON object"),
      ])
  }

  @Test("a QMP line without an end is given up at its bound")
  func endless() {
    var client = QMPClient()
    let piece = [UInt8](repeating: UInt8(ascii: "["), count: QMPClient.lineLimit)
    #expect(client.received(piece).isEmpty)
    #expect(client.received([0x5b]).count == 1)
    #expect(client.received(piece).isEmpty)
  }

  @Test(
    "QEMU's states map to ours",
    arguments: [
      ("running", InstanceStatus.running), ("paused", .stopped), ("debug", .stopped),
      ("guest-panicked", .panicked), ("shutdown", .stopped), ("nonsense", .stopped),
    ])
  func states(text: String, status: InstanceStatus) {
    #expect(InstanceStatus(queryStatus: ["status": .string(text)]) == status)
  }
}
