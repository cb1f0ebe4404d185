// Where the facade finds block devices.

internal import Devices

/// The `index`th block device of the platform.
func platformBlockDevice(_ index: Int) -> (any BlockDevice)? { nil }
