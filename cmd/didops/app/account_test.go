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
