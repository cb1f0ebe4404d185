// ImageTests
