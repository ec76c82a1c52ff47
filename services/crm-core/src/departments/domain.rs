use model::{DepartmentId, EmployeeId};

use crate::{
    change::{RequestHash, Revision},
    error::Fault,
    text,
};

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Department {
    pub id: DepartmentId,
    pub revision: Revision,
    pub name: String,
    /// `None`: a root.
    pub parent: Option<DepartmentId>,
    pub head: Option<EmployeeId>,
}

impl Department {
    /// The next version with these changes, checked. Whether it makes a cycle only the tree knows.
    ///
    /// # Errors
    /// [`Fault::Invalid`].
    pub fn changed(&self, patch: Patch) -> Result<Self, Fault> {
        Ok(Self {
            id: self.id,
            revision: self.revision.next(),
            name: name(patch.name.as_ref().unwrap_or(&self.name))?,
            parent: patch.parent.unwrap_or(self.parent),
            head: patch.head.unwrap_or(self.head),
        })
    }
}

#[derive(Debug, Clone)]
pub struct NewDepartment {
    pub id: DepartmentId,
    pub request: RequestHash,
    pub name: String,
    pub parent: Option<DepartmentId>,
    pub head: Option<EmployeeId>,
}

impl NewDepartment {
    /// The first version, checked.
    ///
    /// # Errors
    /// [`Fault::Invalid`].
    pub fn department(self) -> Result<Department, Fault> {
        let name = name(&self.name)?;
        Ok(Department { id: self.id, revision: Revision(1), name, parent: self.parent, head: self.head })
    }
}

/// What to change; `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct Patch {
    pub seen: Option<Revision>,
    pub name: Option<String>,
    pub parent: Option<Option<DepartmentId>>,
    pub head: Option<Option<EmployeeId>>,
}

fn name(text: &str) -> Result<String, Fault> {
    text::line("name", text, 200)
}
