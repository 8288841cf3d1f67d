package didyoumean_test

import (
	"testing"

	"didops/internal/didyoumean"
)

func TestQuestion(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name             string
		words            []string
		question, clause string
	}{
		{"none", nil, "", ""},
		{"one", []string{"limit"}, "did you mean limit?", "; did you mean limit?"},
		{"some", []string{"--sort", "--sms", "--smpp"}, "did you mean --sort or --sms or --smpp?", "; did you mean --sort or --sms or --smpp?"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := didyoumean.Question(tt.words); got != tt.question {
				t.Errorf("question: got %q, want %q", got, tt.question)
			}
			if got := didyoumean.Clause(tt.words); got != tt.clause {
				t.Errorf("clause: got %q, want %q", got, tt.clause)
			}
		})
	}
}
