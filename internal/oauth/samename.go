package oauth

import (
	"context"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
)

// maxSameName is how many keys of one kid are tried: a kid should be of one key
// (RFC 7517, section 4.5), and an issuer that rotates carelessly has two.
const maxSameName = 4

// candidates returns what a token may be signed with: the key that it names, or
// all that have that name and are for its algorithm, or all where it names
// none. A name that is not known makes the library ask the issuer.
func candidates(ctx context.Context, keys keyfunc.Keyfunc, t *jwt.Token) (any, error) {
	found, err := keys.KeyfuncCtx(ctx)(t)
	kid, named := t.Header["kid"].(string)
	if !named {
		return found, err
	}
	all, failed := keys.Storage().KeyReadAll(ctx)
	if failed != nil {
		return found, err
	}
	var same jwt.VerificationKeySet
	for _, key := range all {
		if m := key.Marshal(); m.KID != kid || m.ALG != "" && m.ALG.String() != t.Header["alg"] {
			continue
		}
		if same.Keys = append(same.Keys, key.Key()); len(same.Keys) == maxSameName {
			break
		}
	}
	if len(same.Keys) == 0 {
		return found, err
	}
	return same, nil
}

// sameNames returns which of the kids of a set more than one key has, as they
// can be shown.
func sameNames(kids []string) []string {
	var list []string
	count := map[string]int{}
	for i, kid := range kids {
		if count[kid]++; kid != "" && count[kid] == 2 && len(list) < maxOdd {
			list = append(list, keyName(kid, i))
		}
	}
	return list
}
