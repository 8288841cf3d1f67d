package discordspec

import "net/http"

// act is what a request does, as far as rules depend on it.
type act int

const (
	other       act = iota
	putCommands     // all commands of an application or guild
	putCommand      // one more command
	mendCommand     // parts of a command
	post            // a message to a channel
	edit            // of a message of the bot's own
	respond         // the first response to an interaction
	follow          // a further response
	editAnswer      // of a first or further response
)

// actOf reads method and path.
func actOf(method string, path []string) act {
	for _, known := range []struct {
		method, path string
		act          act
	}{
		{http.MethodPut, "/applications/{}/commands", putCommands},
		{http.MethodPost, "/applications/{}/commands", putCommand},
		{http.MethodPatch, "/applications/{}/commands/{}", mendCommand},
		{http.MethodPut, "/applications/{}/guilds/{}/commands", putCommands},
		{http.MethodPost, "/applications/{}/guilds/{}/commands", putCommand},
		{http.MethodPatch, "/applications/{}/guilds/{}/commands/{}", mendCommand},
		{http.MethodPost, "/channels/{}/messages", post},
		{http.MethodPatch, "/channels/{}/messages/{}", edit},
		{http.MethodPost, "/interactions/{}/{}/callback", respond},
		{http.MethodPost, "/webhooks/{}/{}", follow},
		{http.MethodPatch, "/webhooks/{}/{}/messages/{}", editAnswer},
	} {
		r := route{segments: segments(known.path)}
		if method == known.method && r.fits(path) {
			return known.act
		}
	}
	return other
}

// commands reports whether the body is of commands.
func (a act) commands() bool { return a == putCommands || a == putCommand || a == mendCommand }
