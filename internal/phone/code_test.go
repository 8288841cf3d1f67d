package phone_test

import (
	"testing"

	"didops/internal/phone"
)

func TestBeforeCode(t *testing.T) {
	t.Parallel()
	for digits, want := range map[string]bool{
		"": true, "9": true, "97": true, "971": false, "97150": false, "1": false, "12": false, "7": false,
		"2": true, "21": true, "210": false, "211": false, "999": false, "0": false,
	} {
		if got := phone.BeforeCode(digits); got != want {
			t.Errorf("%q: got %t, want %t", digits, got, want)
		}
	}
}
