// Package discordspec judges the requests that a bot makes to Discord: against
// Discord's own OpenAPI document, and against the rules that Discord has and
// the document does not express. Only tests import it.
//
//	spec := discordspec.Load(t) // nil where the document is absent
//	for _, sentence := range spec.Check(discordspec.Request{Method: …, Path: …}) {
//		t.Error(sentence)
//	}
//
// A nil [Spec] still checks all rules that need no document: names, limits and
// nesting of commands; texts, embeds, components, mentions and nonces of
// messages; modals, suggestions and deferrals; who sends the bot's token. From
// the document come paths, parameters, media types, the types and bounds of
// every member, and which members there are at all.
//
// It is stricter than Discord where Discord takes something in silence that no
// bot means to say: a member that nobody reads, mentions that are not turned
// off, an ephemeral flag where it does nothing. It is as lenient as Discord
// where the document is known to be wrong: default_member_permissions may be a
// string of digits, and commands may have "nsfw" and "file_types". Characters
// are counted in UTF-16, as Discord's clients do; where the document counts
// code points, the greater number decides.
//
// A forwarded message is refused, as the document has no such reference.
//
// What was sent before is not known: an edit is judged by itself, so it must
// repeat the components-v2 flag where it carries components of that kind.
package discordspec
