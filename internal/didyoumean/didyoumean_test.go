package didyoumean_test

import (
	"strings"
	"testing"

	"didops/internal/didyoumean"
)

func TestWords(t *testing.T) {
	t.Parallel()
	words := []string{"country", "prefix", "sms", "sort", "max_monthly_fee", "max_setup_fee", "Nexmo"}
	for _, tt := range []struct{ word, want string }{
		{"countri", "country"},
		{"cuontry", "country"},
		{"NEXMOO", "Nexmo"},
		{"max_montly_fe", "max_monthly_fee"},
		{"srot", "sort"},
		{"sm", ""},
		{"smss", "sms"},
		{"soot", "sort"},
		{"elephant", ""},
		{"", ""},
		{strings.Repeat("x", 1000), ""},
	} {
		t.Run(tt.word, func(t *testing.T) {
			t.Parallel()
			if got := strings.Join(didyoumean.Words(tt.word, words), " "); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestSameLettersFirst(t *testing.T) {
	t.Parallel()
	got := didyoumean.Words("UEA", []string{"UA", "uga", "USA", "uae"})
	if strings.Join(got, " ") != "uae UA uga" {
		t.Errorf("got %v, want uae first", got)
	}
}

func TestWordsAreFewAndClosestFirst(t *testing.T) {
	t.Parallel()
	got := didyoumean.Words("abcdef", []string{"abcdxy", "abcdeg", "abcdef", "abcdeh", "abcdei", "abcdef"})
	if strings.Join(got, " ") != "abcdef abcdeg abcdeh" {
		t.Errorf("got %v, want the exact word, then two of one edit", got)
	}
}
