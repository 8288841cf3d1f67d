package did

import (
	"regexp"

	"didops/internal/sipaddr"
)

var numberLike = regexp.MustCompile(`^\+?\d+$`)

// shownAddress returns an address as anybody may see it: without a password.
func shownAddress(scheme, text string) string {
	a, ok := sipaddr.Parse(scheme, text)
	switch {
	case !ok:
		return maskContact(text)
	case scheme == sipaddr.SIP:
		return text
	}
	user := a.User
	if !numberLike.MatchString(user) {
		user = masked // the password may stand here by mistake
	}
	return sipaddr.SMPP + ":" + a.Login + ":" + masked + ":" + user + "@" + a.End
}
