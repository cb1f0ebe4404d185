// The registry's record of an instance: one JSON object, written once by `run`. Everything read
// from it is checked; a record that does not hold is no instance.

internal import Bytes
internal import JSON

extension Instance {
  /// The record as `run` writes it.
  var record: JSONObject {
    var record = JSONObject(schema: "instance")
    record["name"] = .string(name)
    record["pid"] = .integer(Int(process.pid))
    record["startTime"] = .unsigned(process.startTime)
    record["started"] = .integer(started)
    record["image"] = .string(guest.image)
    record["isDiskImage"] = .bool(guest.isDiskImage)
    record["buildID"] = buildID.map { .string($0.hex) } ?? .null
    record["machine"] = .string(guest.machine.rawValue)
    record["memory"] = .integer(guest.memory)
    record["accel"] = .string(guest.accelerator.rawValue)
    record["icount"] = .bool(guest.isCountingInstructions)
    record["onPanic"] = .string(guest.onPanic.rawValue)
    record["allow"] = .string(guest.authority.rawValue)
    record["net"] = .string(guest.network.text)
    record["forwards"] = .array(guest.forwards.map { .string("\($0.host):\($0.guest)") })
    record["disk"] = guest.disk.map { .string($0) } ?? .null
    record["arguments"] = .array(guest.arguments.map { .string($0) })
    return record
  }

  /// Reads a record; `nil` if anything that matters is missing or malformed.
  init?(record bytes: [UInt8], directory: String) {
    guard let record = (try? JSONValue.parse(bytes))?.object,
      record["schema"]?.string == "porthole.instance/1",
      let name = record["name"]?.string, Instance.isName(name),
      let pid = record["pid"]?.integer, pid > 1, let pid = Int32(exactly: pid),
      let startTime = record["startTime"]?.unsigned,
      let image = record["image"]?.string,
      let machine = record["machine"]?.string.flatMap(MachineType.init(rawValue:)),
      let memory = record["memory"]?.integer
    else { return nil }
    var guest = GuestConfiguration(image: image)
    guest.isDiskImage = record["isDiskImage"]?.bool ?? false
    guest.machine = machine
    guest.memory = memory
    guest.accelerator = record["accel"]?.string.flatMap(Accelerator.init(rawValue:)) ?? .tcg
    guest.isCountingInstructions = record["icount"]?.bool ?? false
    guest.onPanic = record["onPanic"]?.string.flatMap(PanicAction.init(rawValue:)) ?? .halt
    guest.authority = record["allow"]?.string.flatMap(AuthorityLevel.init(rawValue:)) ?? .observe
    guest.network = record["net"]?.string.flatMap(NetworkAttachment.parse) ?? .none
    guest.forwards =
      record["forwards"]?.array?.compactMap {
        $0.string.flatMap(PortForward.parse)
      } ?? []
    guest.disk = record["disk"]?.string
    guest.arguments = record["arguments"]?.array?.compactMap(\.string) ?? []
    self.init(
      name: name, process: ProcessIdentity(pid: pid, startTime: startTime), directory: directory,
      guest: guest, buildID: record["buildID"]?.string.flatMap { BuildID(hex: $0) },
      started: record["started"]?.integer ?? 0)
  }
}

extension NetworkAttachment {
  /// The option's value, as `parse` reads it.
  public var text: String {
    switch self {
    case .none: "none"
    case .user: "user"
    case .tap(let interface): "tap:\(interface)"
    case .datagram(let path): "dgram:\(path)"
    }
  }
}
