package ingest

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rollcall"
)

// FuzzOpen: whatever the bytes, a file is read, or refused with a code that tells
// whose fault it is: the file's.
func FuzzOpen(f *testing.F) {
	for _, text := range []string{
		zipText(f, fixture(f, "workbook")), zipText(f, fixture(f, "zip_one")), gzipText(f, "Phone\n", "4155550123\n"),
		fixture(f, "nested"), fixture(f, "lines"), compound("Workbook"), "Phone\n4155550123\n",
	} {
		f.Add([]byte(text))
	}
	path := filepath.Join(f.TempDir(), "file")
	f.Fuzz(func(t *testing.T, content []byte) {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		err := readWhole(t.Context(), path)
		if err != nil && rollcall.CodeOf(err) != rollcall.CodeInvalid && rollcall.CodeOf(err) != rollcall.CodeTooLarge {
			t.Error(err)
		}
	})
}

// readWhole reads a file to its end, as an import does but in one goroutine.
func readWhole(ctx context.Context, path string) error {
	src, err := openSource(path, Overrides{}, 16<<20)
	if err != nil {
		return err
	}
	defer src.close()
	var p progress
	if err := src.survey(ctx, &p); err != nil {
		return err
	}
	format, err := sniffSource(src)
	if err != nil {
		return err
	}
	text, err := src.text(ctx, format, &p.bytes, maxRecord)
	if err == nil {
		err = copyAll(io.Discard, text)
	}
	return err
}

// TestFormats_Resume: an import of any format that is cut short after each block
// ends as if it had run through.
func TestFormats_Resume(t *testing.T) {
	var objects []string
	for i := range 100 {
		objects = append(objects, `{"phone":"+1202555`+strings.Repeat("0", 2)+string(rune('0'+i/10))+string(rune('0'+i%10))+`","n":[`+strings.Repeat("1,", i)+`1]}`)
	}
	objects[10], objects[50] = `"no object"`, `{"phone":"bad"}`
	for name, content := range map[string]string{
		"workbook": zipText(t, fixture(t, "workbook")),
		"array":    "[" + strings.Join(objects, ",\n") + "]",
		"lines":    strings.Join(objects, "\n"),
		"gzip":     gzipText(t, rows(100)),
		"zip":      zipText(t, "-- a.csv --\n"+rows(100)),
	} {
		t.Run(name, func(t *testing.T) {
			whole := newFakeStore()
			if _, err := small(whole).Run(t.Context(), request(write(t, content), newClock())); err != nil {
				t.Fatal(err)
			}
			store, q := newFakeStore(), request(write(t, content), newClock())
			for err := errors.New("not yet"); err != nil; {
				ctx, cancel := context.WithCancel(t.Context())
				blocks := 0
				store.beforeCommit = func(*rollcall.Block) error {
					if blocks++; blocks == 2 {
						cancel()
					}
					return nil
				}
				_, err = small(store).Run(ctx, q)
				cancel()
				if err != nil && !errors.Is(err, context.Canceled) {
					t.Fatal(err)
				}
			}
			if !slices.Equal(whole.contacts, store.contacts) || !slices.Equal(whole.rejects, store.rejects) || len(store.contacts) == 0 {
				t.Errorf("%d contacts and %d rejects, want %d and %d", len(store.contacts), len(store.rejects), len(whole.contacts), len(whole.rejects))
			}
		})
	}
}

// TestRun_OverridesAreRules: an import is not gone on with under other overrides,
// which would cut other rows.
func TestRun_OverridesAreRules(t *testing.T) {
	plain, yes := hints{}, true
	said, err := Overrides{Encoding: "ISO-8859-1", Delimiter: "tab", Header: &yes}.check()
	if err != nil {
		t.Fatal(err)
	}
	rules := rollcall.ImportRules{Region: "US"}
	before := rules.OptionsKey(rollcall.ImportOptions{})
	if rules.Reading = plain.key(); rules.OptionsKey(rollcall.ImportOptions{}) != before {
		t.Errorf("without overrides the key changed to %s", rules.OptionsKey(rollcall.ImportOptions{}))
	}
	if rules.Reading = said.key(); rules.OptionsKey(rollcall.ImportOptions{}) == before || !strings.Contains(rules.Reading, "ISO-8859-1") {
		t.Errorf("got %s", rules.OptionsKey(rollcall.ImportOptions{}))
	}
}
