package discord

// Escaped is how texts of others are written.
func Escaped(s string) string { return escaped(s) }

// Cut is how texts are shortened.
func Cut(s string, n int) string { return cut(s, n) }
