package app

import (
	"strings"
	"testing"
)

func TestNamed(t *testing.T) {
	t.Parallel()
	const passwd = `root:x:0:0:root:/root:/bin/bash
#carol:x:1002:1002::/home/carol:/bin/sh
alice:x:1000:1000:Alice,,,:/home/alice:/bin/bash
alias:x:1000:1000::/home/alice:/bin/bash
broken:x:1001
+::::::
bob:x:10:1003::/home/bob:/bin/sh
`
	for uid, want := range map[int]string{0: "root", 1000: "alice", 10: "bob", 1: "", 100: "", 1001: "", 1002: "", 1003: ""} {
		if got := named(strings.NewReader(passwd), uid); got != want {
			t.Errorf("%d: got %q, want %q", uid, got, want)
		}
	}
}

// TestHomeWhereTheEnvironmentHasNone holds that the account's home is asked for
// only where HOME is not set, and stands for nothing else.
func TestHomeWhereTheEnvironmentHasNone(t *testing.T) {
	t.Parallel()
	const passwd = "alice:x:1000:1000:Alice,,,:/home/alice:/bin/bash\n"
	home := func() string { return userOf(strings.NewReader(passwd), 1000)[5] }
	for _, tt := range []struct {
		env  map[string]string
		name string
		want string
	}{
		{map[string]string{"HOME": "/elsewhere"}, "HOME", "/elsewhere"},
		{map[string]string{"HOME": ""}, "HOME", "/home/alice"},
		{nil, "HOME", "/home/alice"},
		{nil, "XDG_CONFIG_HOME", ""},
	} {
		if got := environment(func(name string) string { return tt.env[name] }, home)(tt.name); got != tt.want {
			t.Errorf("%s of %v: got %q, want %q", tt.name, tt.env, got, tt.want)
		}
	}
	if got := userOf(strings.NewReader(passwd), 7)[5]; got != "" {
		t.Errorf("got the home %q of nobody", got)
	}
}
