package phone

import "testing"

// BenchmarkBuild measures the work that the first question about a country
// costs, that about a name, and that about a city. It stands inside the package
// because each is done once.
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
	b.Run("cities", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			unpackCities()
		}
	})
}
