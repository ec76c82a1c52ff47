//! Which departments a token names.

use model::DepartmentId;

use super::world::World;
use crate::{
    departments::{self, domain::Patch},
    employees::domain::Role,
    sessions::store::standing,
};

fn sorted(mut ids: Vec<DepartmentId>) -> Vec<DepartmentId> {
    ids.sort();
    ids
}

#[tokio::test]
async fn a_head_sees_the_subtree_and_an_operator_the_own_department() {
    let world = World::start().await;
    let top = world.department("Компания", None).await;
    let sales = world.department("Продажи", Some(top)).await;
    let group = world.department("Группа", Some(sales)).await;
    let support = world.department("Поддержка", Some(top)).await;
    let head = world.employee("head", &[Role::Head], &[sales]).await;
    let operator = world.employee("operator1", &[Role::Operator], &[sales]).await;
    let of = async |id| standing(&world.db.pool, id).await.unwrap().unwrap();
    assert_eq!(of(head.id).await.departments, [sales]);
    assert_eq!(sorted(of(head.id).await.seen_departments), [sales, group]);
    assert_eq!(of(operator.id).await.seen_departments, [sales]);

    let lead = Patch { head: Some(Some(head.id)), ..Patch::default() };
    departments::ops::update(&world.db, world.admin, support, lead).await.unwrap();
    assert_eq!(sorted(of(head.id).await.seen_departments), [sales, group, support]);
    let moved = Patch { parent: Some(Some(support)), ..Patch::default() };
    departments::ops::update(&world.db, world.admin, group, moved).await.unwrap();
    assert_eq!(sorted(of(head.id).await.seen_departments), [sales, group, support]);
    assert_eq!(of(operator.id).await.seen_departments, [sales]);
}
