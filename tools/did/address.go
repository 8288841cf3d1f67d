package did

import (
	"regexp"

	"didops/internal/address"
)

var numberLike = regexp.MustCompile(`^\+?\d+$`)

// shownAddress returns an address as anybody may see it: without a password.
func shownAddress(scheme, text string) string {
	a, ok := address.Parse(scheme, text)
	switch {
	case !ok:
		return maskContact(text)
	case scheme == address.SIP:
		return text
	}
	user := a.User
	if !numberLike.MatchString(user) {
		user = masked // the password may stand here by mistake
	}
	return address.SMPP + ":" + a.Login + ":" + masked + ":" + user + "@" + a.End
}
