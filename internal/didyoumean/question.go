package didyoumean

import "strings"

// Question asks for what was probably meant, as a sentence of its own: "did
// you mean a or b?". It is empty where there are no words.
func Question(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return "did you mean " + strings.Join(words, " or ") + "?"
}

// Clause is [Question] as the rest of a sentence that says what is wrong: it
// begins with a semicolon, or is empty.
func Clause(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return "; " + Question(words)
}
