package did

import (
	"didops/internal/exchange"
	"didops/internal/sipaddr"
)

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

// masked stands where a secret was.
const masked = exchange.Mask

// maskContact returns a contact without its password.
func maskContact(contact string) string { return exchange.Shown(contact) }
