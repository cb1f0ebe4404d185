// The one place where the facade chooses what the application runs on.

internal import Execution
internal import Machine

#if BAREMETAL
internal import X86

/// The machine.
var platform: some Machine { X86Machine.shared }

/// The time of day.
var platformWallTime: WallTime? { RealTime.now(platform.now) }

/// The words that the boot loader passed on.
var platformArguments: [String] { BootArguments.words }

/// Ends the instance with a panic report.
func panic(_ message: StaticString) -> Never { Panic.stop(message) }
#else
internal import Hosted

// Safety: made on first use, and used by one thread.
nonisolated(unsafe) private let process = HostedMachine()

/// The machine.
var platform: some Machine { process }

/// The time of day.
var platformWallTime: WallTime? { HostedProcess.wallTime }

/// The words of the command line that are no options of the platform.
var platformArguments: [String] { HostedProcess.arguments }

/// Ends the process with the message.
func panic(_ message: StaticString) -> Never { HostedMachine.panic(message) }
#endif

/// Makes the event loop when async code is the first to need one (see Execution/Async.swift).
@_silgen_name("porthole_platform_loop")
public func makePlatformLoop() -> EventLoop { EventLoop(on: platform) }
