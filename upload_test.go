package rollcall

import (
	"strings"
	"testing"
	"time"
)

func TestCleanFileName(t *testing.T) {
	for given, want := range map[string]string{
		"people.csv":                    "people.csv",
		"../../etc/passwd":              "passwd",
		`C:\Users\ada\people.csv`:       "people.csv",
		"/":                             "file",
		"":                              "file",
		"..":                            "file",
		`..\..`:                         "file",
		" a\x00b\r\n.csv ":              "ab.csv",
		"\u202egpj.csv":                 "gpj.csv", // would be shown the other way round
		"Kişiler – Mayıs 🎉.csv":         "Kişiler – Mayıs 🎉.csv",
		strings.Repeat("ü", 255):        strings.Repeat("ü", 255),
		"x/" + strings.Repeat("a", 255): strings.Repeat("a", 255),
	} {
		if got, err := CleanFileName(given); err != nil || got != want {
			t.Errorf("%q: %q %v, want %q", given, got, err, want)
		}
	}
	for _, given := range []string{strings.Repeat("a", 256), "\xff.csv"} {
		if got, err := CleanFileName(given); CodeOf(err) != CodeInvalid {
			t.Errorf("%q: %q %v", given, got, err)
		}
	}
}

func TestIsUploadID(t *testing.T) {
	id := NewID(PrefixUpload)
	if !IsUploadID(id) {
		t.Error(id)
	}
	for _, other := range []string{"", "up-", NewID(PrefixImport), strings.ToUpper(id), id + "/", "../" + id, id[:len(id)-1] + "/", strings.ReplaceAll(id[3:], "-", ""), "up-" + strings.Repeat("-", 4) + strings.Repeat("0", 32)} {
		if IsUploadID(other) {
			t.Errorf("%q counts as an id", other)
		}
	}
}

func TestUpload_Arrived(t *testing.T) {
	now := time.Unix(1, 0)
	u, err := NewUpload(Owner{}, "u-1", "a.csv", UnknownSize, now)
	if err != nil || u.Complete || u.Size != -1 {
		t.Fatalf("%+v %v", u, err)
	}
	u.Arrived(7, "ab", now.Add(time.Second))
	if !u.Complete || u.Size != 7 || u.Digest != "ab" || !u.UpdatedAt.Equal(now.Add(time.Second)) {
		t.Errorf("%+v", u)
	}
}
