//! What cargo says about the packages, without what they use only in their tests.

use crate::tree;
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

/// The packages, and who needs whom outside of tests.
pub struct Workspace {
    /// Everything that cargo says.
    pub metadata: Metadata,
    /// The folder of each crate of ours, from the root.
    folders: BTreeMap<PackageId, String>,
    needs: HashMap<PackageId, Vec<PackageId>>,
}

impl Workspace {
    /// Asks cargo.
    pub fn read() -> Self {
        let metadata = metadata();
        let folder = |package: &cargo_metadata::Package| {
            let folder = package.manifest_path.parent()?.strip_prefix(&metadata.workspace_root).ok()?;
            Some((package.id.clone(), folder.as_str().replace('\\', "/")))
        };
        let folders = metadata.workspace_packages().into_iter().filter_map(folder).collect();
        let resolve = metadata.resolve.as_ref().expect("cargo resolves the dependencies");
        let needs = resolve.nodes.iter().map(|node| {
            let outside_of_tests = node.deps.iter().filter(|dependency| {
                dependency.dep_kinds.iter().any(|kind| kind.kind != DependencyKind::Development)
            });
            (node.id.clone(), outside_of_tests.map(|dependency| dependency.pkg.clone()).collect())
        });
        Self { folders, needs: needs.collect(), metadata }
    }

    /// The crates of ours and their folders.
    pub fn members(&self) -> impl Iterator<Item = (&PackageId, &str)> {
        self.folders.iter().map(|(package, folder)| (package, folder.as_str()))
    }

    /// The folders of the crates of ours that `package` names.
    pub fn knows(&self, package: &PackageId) -> impl Iterator<Item = &str> {
        self.needs(package).filter_map(|other| self.folders.get(other)).map(String::as_str)
    }

    fn needs(&self, package: &PackageId) -> impl Iterator<Item = &PackageId> {
        self.needs.get(package).into_iter().flatten()
    }

    /// A shortest way from `member` to each package that it reaches, by their names.
    pub fn ways(&self, member: &PackageId) -> Vec<Vec<&str>> {
        let mut seen = HashSet::from([member]);
        let mut ways = Vec::new();
        let mut queue = VecDeque::from([(member, vec![self.name(member)])]);
        while let Some((package, way)) = queue.pop_front() {
            for other in self.needs(package) {
                if seen.insert(other) {
                    let mut longer = way.clone();
                    longer.push(self.name(other));
                    queue.push_back((other, longer));
                }
            }
            ways.push(way);
        }
        ways
    }

    fn name(&self, package: &PackageId) -> &str {
        self.metadata[package].name.as_str()
    }
}

/// What cargo knows. Whoever can build the tests has all that is needed; only a test of this crate alone may have to fetch.
fn metadata() -> Metadata {
    let ask = |options: &[&str]| {
        let options = options.iter().map(|option| (*option).to_owned()).collect::<Vec<_>>();
        MetadataCommand::new().current_dir(tree::root()).other_options(options).exec()
    };
    // Packages for other systems are not there, and no concern.
    let host = ["--filter-platform", "host-tuple", "--locked"];
    ask(&[&host[..], &["--offline"]].concat()).or_else(|_| ask(&host)).expect("cargo metadata answers")
}
