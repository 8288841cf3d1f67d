package phone

import "testing"

// BenchmarkBuild measures the work that the first question about a country
// costs. It stands inside the package because the index is built once.
func BenchmarkBuild(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		build()
	}
}
