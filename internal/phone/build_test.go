package phone

import "testing"

// BenchmarkBuild measures the work that the first question about a country
// costs, and that about a name. It stands inside the package because index and
// lexicon are built once.
func BenchmarkBuild(b *testing.B) {
	b.Run("index", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			build()
		}
	})
	b.Run("lexicon", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			newLexicon()
		}
	})
}
